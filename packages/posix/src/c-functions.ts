// Every C function Troupe calls, in one table: as JavaScript sees it, and as C declares it. How they are bound is libc.ts's
// matter, what the calls mean stands in the files that make them.

/** The C functions as JavaScript sees them. Each returns -1 on failure and leaves the reason to `lastErrno`. */
export interface Libc {
  open(path: string, flags: number): number;
  close(fd: number): number;
  read(fd: number, buffer: Uint8Array, byteCount: number): number;
  write(fd: number, buffer: Uint8Array, byteCount: number): number;
  fcntl(fd: number, command: number, type: 'int', argument: number): number;
  poll(descriptors: Uint8Array, count: number, timeoutMs: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  ioctl(fd: number, request: number, type: 'void *', argument: Int32Array): number;
  flock(fd: number, operation: number): number;
  pipe2(ends: Int32Array, flags: number): number;
  mkfifo(path: string, mode: number): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, byteCount: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: null, byteCount: null, flags: number): number;
  connect(fd: number, address: Uint8Array, byteCount: number): number;
  shutdown(fd: number, how: number): number;
  getsockopt(fd: number, level: number, option: number, value: Int32Array, byteCount: Uint32Array): number;
  sendmsg(fd: number, message: Uint8Array, flags: number): number;
  recvmsg(fd: number, message: Uint8Array, flags: number): number;
  eventfd(value: number, flags: number): number;
  memfd_create(name: string, flags: number): number;
  fallocate(fd: number, mode: number, offset: number, byteCount: number): number;
  mmap(
    address: null,
    byteCount: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): bigint;
  munmap(address: bigint, byteCount: number): number;
  madvise(address: bigint, byteCount: number, advice: number): number;
  shm_open(name: string, flags: number, mode: number): number;
  shm_unlink(name: string): number;
  shmget(key: number, byteCount: number, flags: number): number;
  shmat(id: number, address: null, flags: number): bigint;
  shmdt(address: bigint): number;
  shmctl(id: number, command: number, description: Uint8Array | null): number;
  futex_wake(syscallNumber: number, word: Int32Array, operation: number, count: number): number;
  futex_wait(
    syscallNumber: number,
    word: Int32Array,
    operation: number,
    expected: number,
    timeout: BigInt64Array,
  ): number;
  futex_waitv(
    syscallNumber: number,
    waiters: Uint8Array,
    count: number,
    flags: number,
    deadline: BigInt64Array,
    clock: number,
  ): number;
  sem_init(semaphore: Uint8Array, shared: number, value: number): number;
  sem_post(semaphore: Uint8Array): number;
  sem_trywait(semaphore: Uint8Array): number;
  sem_timedwait(semaphore: Uint8Array, deadline: BigInt64Array): number;
  sem_clockwait(semaphore: Uint8Array, clock: number, deadline: BigInt64Array): number;
  semget(key: number, count: number, flags: number): number;
  semop(id: number, operations: Int16Array, count: number): number;
  semtimedop(id: number, operations: Int16Array, count: number, timeout: BigInt64Array): number;
  semctl(id: number, index: number, command: number, type: 'void *', argument: Uint8Array | null): number;
  semctl_value(id: number, index: number, command: number, type: 'int', argument: number): number;
  mq_open(name: string, flags: number, mode: number, attributes: Uint8Array | null): number;
  mq_unlink(name: string): number;
  mq_getattr(queue: number, attributes: Uint8Array): number;
  mq_send(queue: number, message: Uint8Array, byteCount: number, priority: number): number;
  mq_receive(queue: number, message: Uint8Array, byteCount: number, priority: Uint32Array): number;
  msgget(key: number, flags: number): number;
  msgsnd(id: number, message: Uint8Array, byteCount: number, flags: number): number;
  msgrcv(id: number, message: Uint8Array, byteCount: number, type: number, flags: number): number;
  msgctl(id: number, command: number, description: Uint8Array | null): number;
  mallopt(parameter: number, value: number): number;
  gettid(): number;
  pthread_sigmask(how: number, set: Uint8Array | null, before: Uint8Array | null): number;
  signalfd(fd: number, set: Uint8Array, flags: number): number;
  getppid(): number;
  prctl(option: number, type: 'ulong', argument: number): number;
  pidfd_open(syscallNumber: number, pid: number, flags: number): number;
  pidfd_send_signal(syscallNumber: number, pidfd: number, signal: number, info: null, flags: number): number;
}

// Only built-in types: koffi's type names are global to the process, and this package may be loaded twice (ESM, CommonJS).
// `int64` stands for ssize_t. The calls that older C libraries do not have go through syscall(2).
export const SIGNATURES: Readonly<Record<keyof Libc, string>> = {
  open: 'int open(const char *path, int flags)',
  close: 'int close(int fd)',
  read: 'int64 read(int fd, void *buffer, size_t count)',
  write: 'int64 write(int fd, void *buffer, size_t count)',
  fcntl: 'int fcntl(int fd, int command, ...)',
  poll: 'int poll(void *descriptors, ulong count, int timeout)',
  epoll_create1: 'int epoll_create1(int flags)',
  epoll_ctl: 'int epoll_ctl(int epoll, int operation, int fd, void *event)',
  ioctl: 'int ioctl(int fd, ulong request, ...)',
  flock: 'int flock(int fd, int operation)',
  pipe2: 'int pipe2(void *ends, int flags)',
  mkfifo: 'int mkfifo(const char *path, uint mode)',
  socket: 'int socket(int domain, int type, int protocol)',
  bind: 'int bind(int fd, void *address, uint length)',
  listen: 'int listen(int fd, int backlog)',
  accept4: 'int accept4(int fd, void *address, void *length, int flags)',
  connect: 'int connect(int fd, void *address, uint length)',
  shutdown: 'int shutdown(int fd, int how)',
  getsockopt: 'int getsockopt(int fd, int level, int option, void *value, void *length)',
  sendmsg: 'int64 sendmsg(int fd, void *message, int flags)',
  recvmsg: 'int64 recvmsg(int fd, void *message, int flags)',
  eventfd: 'int eventfd(uint value, int flags)',
  memfd_create: 'int memfd_create(const char *name, uint flags)',
  fallocate: 'int fallocate(int fd, int mode, int64 offset, int64 length)',
  mmap: 'void *mmap(void *address, size_t length, int protection, int flags, int fd, int64 offset)',
  munmap: 'int munmap(void *address, size_t length)',
  madvise: 'int madvise(void *address, size_t length, int advice)',
  shm_open: 'int shm_open(const char *name, int flags, uint mode)',
  shm_unlink: 'int shm_unlink(const char *name)',
  shmget: 'int shmget(int key, size_t size, int flags)',
  shmat: 'void *shmat(int id, void *address, int flags)',
  shmdt: 'int shmdt(void *address)',
  shmctl: 'int shmctl(int id, int command, void *description)',
  futex_wake: 'long syscall(long number, void *word, int operation, int count)',
  futex_wait: 'long syscall(long number, void *word, int operation, int expected, void *timeout)',
  futex_waitv: 'long syscall(long number, void *waiters, uint count, uint flags, void *deadline, int clock)',
  sem_init: 'int sem_init(void *semaphore, int shared, uint value)',
  sem_post: 'int sem_post(void *semaphore)',
  sem_trywait: 'int sem_trywait(void *semaphore)',
  sem_timedwait: 'int sem_timedwait(void *semaphore, void *deadline)',
  sem_clockwait: 'int sem_clockwait(void *semaphore, int clock, void *deadline)',
  semget: 'int semget(int key, int count, int flags)',
  semop: 'int semop(int id, void *operations, size_t count)',
  semtimedop: 'int semtimedop(int id, void *operations, size_t count, void *timeout)',
  semctl: 'int semctl(int id, int index, int command, ...)',
  semctl_value: 'int semctl(int id, int index, int command, ...)',
  mq_open: 'int mq_open(const char *name, int flags, uint mode, void *attributes)',
  mq_unlink: 'int mq_unlink(const char *name)',
  mq_getattr: 'int mq_getattr(int queue, void *attributes)',
  mq_send: 'int mq_send(int queue, void *message, size_t length, uint priority)',
  mq_receive: 'int64 mq_receive(int queue, void *message, size_t length, void *priority)',
  msgget: 'int msgget(int key, int flags)',
  msgsnd: 'int msgsnd(int id, void *message, size_t length, int flags)',
  msgrcv: 'int64 msgrcv(int id, void *message, size_t length, long type, int flags)',
  msgctl: 'int msgctl(int id, int command, void *description)',
  mallopt: 'int mallopt(int parameter, int value)',
  gettid: 'int gettid()',
  pthread_sigmask: 'int pthread_sigmask(int how, void *set, void *before)',
  signalfd: 'int signalfd(int fd, void *set, int flags)',
  getppid: 'int getppid()',
  prctl: 'int prctl(int option, ...)',
  pidfd_open: 'long syscall(long number, int pid, uint flags)',
  pidfd_send_signal: 'long syscall(long number, int pidfd, int signal, void *info, uint flags)',
};
