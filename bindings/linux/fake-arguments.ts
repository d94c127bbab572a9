import { constants } from 'node:os'

/** An error as the kernel's calls give it. */
export function systemFailure(code: string, syscall: string, path?: string): Error {
  const errno = Object.entries(constants.errno).find(([name]) => name === code)?.[1] ?? 0
  const where = path ? ` '${path}'` : ''
  const error = new Error(`${code}: fake, ${syscall}${where}`)
  return Object.assign(error, { errno: -errno, code, syscall, ...(path && { path }) })
}

const MAX_INT = 2 ** 31 - 1

export function integer(value: unknown, name: string): number {
  return whole(value, { name, least: -MAX_INT - 1, most: MAX_INT })
}

export function bits(value: unknown, name: string): number {
  return whole(value, { name, least: 0, most: Number.MAX_SAFE_INTEGER })
}

export function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw unfit(name, 'a string')
  if (value.includes('\0')) throw unfit(name, 'a string without null bytes')
  return value
}

export function object<T extends object>(value: T | undefined, name: string): T {
  if (typeof value !== 'object' || value === null) throw unfit(name, 'an object')
  return value
}

export function callback<T>(value: T, name: string): T {
  if (typeof value !== 'function') throw unfit(name, 'a function')
  return value
}

interface Range {
  readonly name: string
  readonly least: number
  readonly most: number
}

function whole(value: unknown, { name, least, most }: Range): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
    return value
  throw unfit(name, 'a whole number in range')
}

function unfit(name: string, wanted: string): TypeError {
  const error = new TypeError(`${name} must be ${wanted}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}
