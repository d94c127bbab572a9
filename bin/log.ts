import { closeSync, openSync, writeSync } from 'node:fs'
import type { LogLevel } from '../lib/core/events.ts'

export interface Log {
  write(level: LogLevel, message: string, context?: Readonly<Record<string, unknown>>): void
  close(): void
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warning: 2, error: 3 }

/** Lines as LXD writes them, to a file or to standard error. */
export function openLog(level: LogLevel, path: string | undefined): Log {
  const fd = path === undefined ? 2 : openSync(path, 'a', 0o600)
  return {
    write: (of, message, context = {}) => {
      if (RANKS[of] >= RANKS[level]) writeSync(fd, line(of, message, context))
    },
    close: () => {
      if (path !== undefined) closeSync(fd)
    },
  }
}

function line(
  level: LogLevel,
  message: string,
  context: Readonly<Record<string, unknown>>,
): string {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const words = Object.entries(context).map(([key, value]) => `${key}=${quoted(String(value))}`)
  return `${[`time="${time}"`, `level=${level}`, `msg=${JSON.stringify(message)}`, ...words].join(' ')}\n`
}

function quoted(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)
}
