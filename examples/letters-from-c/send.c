/* Sends one letter to an actor of Troupe, by the name it has claimed:
 *
 *   send SYSTEM-DIRECTORY NAME TYPE PAYLOAD
 *   send /run/user/1000/troupe/house meter reading '{"room":"attic","degrees":31}'
 *
 * PAYLOAD is JSON. Exits with 0 when the letter is in the queue, with 2 when the queue is full, else with 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <unistd.h>

#define NODE_DIGITS 32
#define LONGEST_LETTER 8192
#define LETTER_TYPE 3

static int fail(const char *what) {
  fprintf(stderr, "send: %s: %s\n", what, strerror(errno));
  return 1;
}

/* Reads the file at `path` into `text`, which is a string afterwards; 0 when it could be read. */
static int read_text(const char *path, char *text, size_t room) {
  FILE *file = fopen(path, "r");
  if (file == NULL) return -1;
  size_t length = fread(text, 1, room - 1, file);
  text[length] = '\0';
  return fclose(file);
}

/* Finds out which node has the actor called `name`: its claim names the node with 32 digits. */
static int find_node(const char *system, const char *name, char node[NODE_DIGITS + 1]) {
  static const char key[] = "\"node\":\"";
  char path[4096], claim[4096];
  snprintf(path, sizeof path, "%s/names/@%s", system, name);
  if (read_text(path, claim, sizeof claim) != 0) return -1;
  const char *digits = strstr(claim, key);
  if (digits == NULL || strlen(digits += sizeof key - 1) < NODE_DIGITS) {
    errno = EPROTO;
    return -1;
  }
  memcpy(node, digits, NODE_DIGITS);
  node[NODE_DIGITS] = '\0';
  return 0;
}

static int send_posix(const char *queue_name, const char *letter, size_t length) {
  mqd_t queue = mq_open(queue_name, O_WRONLY | O_NONBLOCK);
  if (queue == (mqd_t)-1) return -1;
  int sent = mq_send(queue, letter, length, 0);
  int error = errno;
  mq_close(queue);
  errno = error;
  return sent;
}

static int send_sysv(int queue, const char *bell_path, const char *letter, size_t length) {
  struct {
    long type;
    char text[LONGEST_LETTER];
  } message = {.type = LETTER_TYPE};
  memcpy(message.text, letter, length);
  if (msgsnd(queue, &message, length, IPC_NOWAIT) != 0) return -1;
  /* Such a queue wakes nobody who sleeps in an event loop: ring. */
  int bell = open(bell_path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (bell < 0) return -1;
  int rung = write(bell, "", 1) < 0 && errno != EAGAIN ? -1 : 0;
  close(bell);
  return rung;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: send SYSTEM-DIRECTORY NAME TYPE PAYLOAD\n");
    return 1;
  }
  const char *system = arguments[1], *name = arguments[2];

  char node[NODE_DIGITS + 1];
  if (find_node(system, name, node) != 0) return fail("nobody has that name");

  char path[4096], bell_path[4200], line[512], queue_name[256];
  snprintf(path, sizeof path, "%s/%s/letterbox", system, node);
  snprintf(bell_path, sizeof bell_path, "%s.bell", path);
  if (read_text(path, line, sizeof line) != 0) return fail("its process has no letterbox");

  char letter[LONGEST_LETTER];
  int length = snprintf(letter, sizeof letter, "{\"to\":\"%s\",\"type\":\"%s\",\"payload\":%s}", name,
                        arguments[3], arguments[4]);

  size_t limit;
  int queue, sent;
  errno = EMSGSIZE;
  if (sscanf(line, "posix-mq %255s %zu", queue_name, &limit) == 2) {
    if (length < 0 || (size_t)length > limit || length >= LONGEST_LETTER) return fail("too long");
    sent = send_posix(queue_name, letter, (size_t)length);
  } else if (sscanf(line, "sysv-mq %d %zu", &queue, &limit) == 2) {
    if (length < 0 || (size_t)length > limit || length >= LONGEST_LETTER) return fail("too long");
    sent = send_sysv(queue, bell_path, letter, (size_t)length);
  } else {
    errno = EPROTO;
    return fail("the letterbox is of a kind I do not know");
  }
  if (sent == 0) return 0;
  int is_full = errno == EAGAIN;
  fail("the letter was not sent");
  return is_full ? 2 : 1;
}
