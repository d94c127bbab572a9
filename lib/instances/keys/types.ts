import { z } from 'zod'
import { parseBytes } from '../../core/units.ts'
import { matching } from '../../core/value-types.ts'

/** Text that fits on one line: what programs with line-based configuration are given. */
export const line = z
  .string()
  .refine((value) => !breaksLine(value), 'expected text without line breaks or control characters')

function breaksLine(value: string): boolean {
  return [...value].some((character) => {
    const code = character.codePointAt(0) ?? 0
    return (code < 0x20 && code !== 9) || [0x7f, 0x85, 0x2028, 0x2029].includes(code)
  })
}

export type CpuSelection =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'pinned'; readonly cpus: readonly number[] }

/** `<count>`, or CPUs to pin to: `1-1`, `0-3`, `0,2-4`. */
export const cpuSelection = z.string().transform((value, issues): CpuSelection => {
  const pinned = parseCpus(value)
  if (/^\d{1,5}$/.test(value)) return { kind: 'count', count: Number(value) }
  if (pinned) return { kind: 'pinned', cpus: pinned }
  issues.addIssue({
    code: 'custom',
    message: 'expected a number of CPUs, or CPUs such as 0-3 or 1,3, each named once',
  })
  return z.NEVER
})

/** A range that runs backwards is accepted, as LXD does, and names no CPU. */
function parseCpus(value: string): readonly number[] | undefined {
  if (!/^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/.test(value)) return undefined
  const cpus = value.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
  })
  return new Set(cpus).size === cpus.length ? cpus : undefined
}

export type CpuAllowance =
  | { readonly kind: 'weight'; readonly percent: number }
  | { readonly kind: 'quota'; readonly quotaMs: number; readonly periodMs: number }

/** `20%`, or `25ms/100ms`. */
export const cpuAllowance = z.string().transform((value, issues): CpuAllowance => {
  const weight = /^(\d{1,6})%$/.exec(value)
  if (weight) return { kind: 'weight', percent: Number(weight[1]) }
  const quota = /^(\d{1,9})ms\/(\d{1,9})ms$/.exec(value)
  if (quota) return { kind: 'quota', quotaMs: Number(quota[1]), periodMs: Number(quota[2]) }
  issues.addIssue({ code: 'custom', message: 'expected a share such as 20% or 25ms/100ms' })
  return z.NEVER
})

export type MemoryLimit =
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'percent'; readonly percent: number }

/** A size, or a percentage of the host's memory; neither may be 0. */
export const memoryLimit = z.string().transform((value, issues): MemoryLimit => {
  const percent = /^(\d{1,6})%$/.exec(value)?.[1]
  const amount = percent === undefined ? sizeOf(value) : Number(percent)
  if (amount === undefined || amount === 0) {
    issues.addIssue({ code: 'custom', message: 'expected a size such as 512MiB, or 1% or more' })
    return z.NEVER
  }
  return percent === undefined
    ? { kind: 'bytes', bytes: amount }
    : { kind: 'percent', percent: amount }
})

function sizeOf(value: string): number | undefined {
  try {
    return parseBytes(value)
  } catch {
    return undefined
  }
}

/** `<soft>:<hard>` or one value for both, as liblxc takes it. */
export const kernelLimit = matching(
  /^(\d{1,20}|unlimited)(:(\d{1,20}|unlimited))?$/,
  'a number or "unlimited", or two of them as <soft>:<hard>',
)

/** Names of modules separated by commas; nothing that modprobe could take for an option. */
export const moduleList = matching(
  /^\s*[A-Za-z0-9_][A-Za-z0-9_-]*(\s*,\s*[A-Za-z0-9_][A-Za-z0-9_-]*)*\s*$/,
  'names of kernel modules separated by commas',
)

/** Lines such as `both 1000 1000`; what they mean together is checked when the map is made. */
export const idmapLines = matching(
  /^\s*((uid|gid|both)[ \t]+\d{1,10}(-\d{1,10})?[ \t]+\d{1,10}(-\d{1,10})?[ \t]*(\n\s*|$))*$/,
  'lines such as "both 1000 1000" or "uid 1000-1009 2000-2009"',
)

export const systemCalls = matching(
  /^[ \ta-zA-Z0-9_[\],\n]*$/,
  'one system call a line, such as "mount errno 1"',
)
