// Plays the disaster, once: ends a process in a way that it can neither see nor delay.
import { defineActor } from 'troupe';

interface Victim {
  readonly label: string;
  readonly pid: number;
}

export const Saboteur = defineActor(import.meta.url, {
  handlers: {
    strike(_state: undefined, victim: Victim, context) {
      context.log.warn(`SIGKILL for ${victim.label}, process ${victim.pid}`);
      process.kill(victim.pid, 'SIGKILL');
    },
  },
});
