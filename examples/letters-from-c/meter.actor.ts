// Takes readings from whoever sends them. What comes from another language has no type that a compiler has seen: it is checked.
import { defineActor } from 'troupe';

interface Reading {
  readonly room: string;
  readonly degrees: number;
}

export const Meter = defineActor(import.meta.url, {
  init: () => new Map<string, number>(),
  handlers: {
    reading(rooms, reading: Reading) {
      if (typeof reading?.room !== 'string' || typeof reading.degrees !== 'number') {
        console.log('that is no reading');
        return;
      }
      rooms.set(reading.room, reading.degrees);
      console.log(`${reading.room}: ${reading.degrees} degrees`);
    },
    summary: (rooms) => `${rooms.size} rooms`,
  },
});
