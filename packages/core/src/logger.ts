// Where the runtime and actors write what a person may want to read. The default goes to standard error, so that a
// program's own output stays its own.
import { guarded } from './guarded.ts';

/** The least that is written; `silent` writes nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** Four functions; pino, winston and `console` fit. */
export interface Logger {
  debug(message: string, ...details: unknown[]): void;
  info(message: string, ...details: unknown[]): void;
  warn(message: string, ...details: unknown[]): void;
  error(message: string, ...details: unknown[]): void;
}

/** A logger that writes lines of at least `level` with `prefix` in front. */
export function createLogger(level: LogLevel, prefix: string, sink: Logger = standardError): Logger {
  const lowest = LOG_LEVELS.indexOf(level);
  const at =
    (name: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, ...details: unknown[]): void => {
      if (LOG_LEVELS.indexOf(name) >= lowest) guarded(() => sink[name](`${prefix} ${message}`, ...details));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

// console.error and console.warn go to standard error; console.info and console.debug would not.
const standardError: Logger = {
  debug: (message, ...details) => console.error(message, ...details),
  info: (message, ...details) => console.error(message, ...details),
  warn: (message, ...details) => console.error(message, ...details),
  error: (message, ...details) => console.error(message, ...details),
};
