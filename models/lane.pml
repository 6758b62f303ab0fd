/* A lane as a model: one writer, one reader, a ring between them, wake-ups, death at any step and a successor.
 *
 * It is the protocol of packages/transport-shm/src/ring-writer.ts and ring-reader.ts without its arithmetic: a frame is one word, positions
 * count frames and do not wrap. Stores go through a buffer for each side, as on x86: a plain one becomes visible some time
 * later, an atomic one at once and after all before it.
 *
 * What has to hold: both sides come to their end, for neither sleeps while there is something to do; every frame the
 * reader takes is the next one, whole; at its end it has taken all that were published.
 *
 * Each of these puts one bug in, and has to fail:
 *   NO_FENCE           atomic stores are buffered like plain ones
 *   PUBLISH_FIRST      the tail is stored before the frame
 *   EARLY_HEAD         the head is stored before the frames were taken
 *   NO_SECOND_LOOK     the reader does not look again before it sleeps
 *   NO_ROOM_LOOK       the writer does not look again before it waits for room
 *   HASTY_ROOM         a look for room that finds the head moved takes all as read
 *   LOST_WAKE          whoever clears the reader's flag does not wake it
 *   NO_DEATH_WAKE      a death wakes nobody
 *   NO_DRAIN           the reader of a dead writer does not look at the lane again
 *   CLOSED_LAST        the reader looks at the tail before it looks whether the writer closed
 */
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef FRAMES
#define FRAMES 4
#endif
/* Lives of each side: after a death the next one begins, until there is none left. */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef READERS
#define READERS 2
#endif
/* Stores that a side may have made and the other not seen. */
#ifndef STORES
#define STORES 3
#endif

#define TAIL 0
#define HEAD 1
#define READER_SLEEPS 2
#define WRITER_WAITS 3
#define WRITER_CLOSED 4
#define DATA 5

byte memory[DATA + SLOTS];

chan writerStores = [STORES] of { byte, byte };
chan readerStores = [STORES] of { byte, byte };

/* Kept until the side sleeps, as an eventfd keeps it. */
bool isReaderDue, isWriterDue;
bool mustWriterDie, mustReaderDie;
/* Dead, and nobody takes its place. */
bool isWriterGone, isReaderGone;
bool hasWriterEnded, hasReaderEnded;

/* What is known to neither side. */
byte published, taken;

inline write(stores, address, value) {
  stores ! address, value
}

inline store(stores, address, value) {
#ifdef NO_FENCE
  stores ! address, value
#else
  atomic { empty(stores) -> memory[address] = value }
#endif
}

proctype Stores(chan stores) {
  byte address, value;
end:
  do
  :: atomic { stores ? address, value -> memory[address] = value; address = 0; value = 0 }
  od
}

#define FULL (sent - head >= SLOTS)

inline publish() {
  atomic {
#ifndef NO_FENCE
    empty(writerStores);
    memory[TAIL] = sent + 1;
#else
    writerStores ! TAIL, sent + 1;
#endif
    published = sent + 1
  }
}

inline wakeReader() {
  if
  :: memory[READER_SLEEPS] == 1 ->
    store(writerStores, READER_SLEEPS, 0);
#ifndef LOST_WAKE
    isReaderDue = true
#endif
  :: else
  fi
}

proctype Writer(byte life) {
  byte sent, head;
  {
    sent = memory[TAIL];
    head = memory[HEAD];
    do
    :: sent == FRAMES -> break
    :: sent < FRAMES && !FULL ->
#ifdef PUBLISH_FIRST
      publish();
      write(writerStores, DATA + sent % SLOTS, sent + 1);
#else
      write(writerStores, DATA + sent % SLOTS, sent + 1);
      publish();
#endif
      sent++;
      wakeReader()
    :: sent < FRAMES && FULL ->
      head = memory[HEAD];
      if
      :: !FULL
      :: FULL && isReaderGone -> goto end_of_life
      :: FULL && !isReaderGone ->
        /* Awake, it looks again, as often as it likes. */
#ifdef HASTY_ROOM
        head = (memory[HEAD] > head -> sent : head)
#else
        skip
#endif
      :: FULL && !isReaderGone ->
        store(writerStores, WRITER_WAITS, 1);
#ifndef NO_ROOM_LOOK
        head = memory[HEAD];
#endif
        if
        :: FULL -> atomic { isWriterDue -> isWriterDue = false }
        :: else
        fi;
        store(writerStores, WRITER_WAITS, 0)
      fi
    od;
    store(writerStores, WRITER_CLOSED, 1);
    wakeReader();
end_of_life:
    hasWriterEnded = true
  } unless { mustWriterDie };
  if
  :: hasWriterEnded
  :: else ->
    empty(writerStores);
    atomic {
      mustWriterDie = false;
      isWriterDue = false;
#ifndef NO_DEATH_WAKE
      isReaderDue = true;
#endif
      if
      :: life + 1 < WRITERS -> run Writer(life + 1)
      :: else -> isWriterGone = true
      fi
    }
  fi
}

proctype Reader(byte life) {
  byte head, tail, position;
  bool isGone;
  {
    head = memory[HEAD];
    /* A frame that was taken may come again to a successor; none is left out. */
    assert(head <= taken);
    do
    :: isGone = isWriterGone;
#ifdef NO_DRAIN
      if
      :: isGone -> break
      :: else
      fi;
#endif
      do
      :: tail = memory[TAIL];
        if
        :: tail == head -> break
        :: else
        fi;
        assert(tail > head && tail - head <= SLOTS);
#ifdef EARLY_HEAD
        store(readerStores, HEAD, tail);
#endif
        position = head;
        do
        :: position < tail ->
          assert(memory[DATA + position % SLOTS] == position + 1);
          atomic {
            position++;
            taken = (taken < position -> position : taken)
          }
        :: else -> break
        od;
        head = tail;
        position = 0;
#ifndef EARLY_HEAD
        store(readerStores, HEAD, head);
#endif
        if
        :: memory[WRITER_WAITS] == 1 ->
          store(readerStores, WRITER_WAITS, 0);
          isWriterDue = true
        :: else
        fi
      od;
      if
      :: isGone -> break
      :: else
      fi;
#ifdef CLOSED_LAST
      tail = memory[TAIL];
      if
      :: tail == head && memory[WRITER_CLOSED] == 1 -> break
      :: else
      fi;
#else
      if
      :: memory[WRITER_CLOSED] == 1 ->
        tail = memory[TAIL];
        if
        :: tail == head -> break
        :: else
        fi
      :: else
      fi;
#endif
      tail = head;
      store(readerStores, READER_SLEEPS, 1);
#ifndef NO_SECOND_LOOK
      tail = memory[TAIL];
#endif
      if
      :: tail == head && memory[WRITER_CLOSED] == 0 -> atomic { isReaderDue -> isReaderDue = false }
      :: else
      fi;
      store(readerStores, READER_SLEEPS, 0)
    od;
    assert(head == published);
    hasReaderEnded = true
  } unless { mustReaderDie };
  if
  :: hasReaderEnded
  :: else ->
    empty(readerStores);
    atomic {
      mustReaderDie = false;
      isReaderDue = false;
#ifndef NO_DEATH_WAKE
      isWriterDue = true;
#endif
      if
      :: life + 1 < READERS -> run Reader(life + 1)
      :: else -> isReaderGone = true
      fi
    }
  fi
}

/* Kills at any time, or not at all. */
proctype Killer() {
end:
  do
#ifdef WRITER_DIES
  :: atomic { !mustWriterDie && !isWriterGone && !hasWriterEnded -> mustWriterDie = true }
#endif
#ifdef READER_DIES
  :: atomic { !mustReaderDie && !isReaderGone && !hasReaderEnded -> mustReaderDie = true }
#endif
  :: break
  od
}

init {
  atomic {
    run Stores(writerStores);
    run Stores(readerStores);
    run Writer(0);
    run Reader(0);
    run Killer()
  }
}
