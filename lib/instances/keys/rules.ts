import type { RawConfig } from '../../core/config.ts'
import { oneLine } from '../../core/emit.ts'
import { LxworksError } from '../../core/errors.ts'
import { boolean } from '../../core/value-types.ts'

/** What must hold between keys, whichever profile they come from. Each throws kind `invalid`. */
export function checkTogether(config: RawConfig): void {
  checkSpellings(config)
  checkSyscalls(config)
  checkRawLxc(config['raw.lxc'] ?? '')
}

/** Keys end up as names of variables and lines of configuration, so they hold nothing that would end one. */
export function checkKeyName(key: string): void {
  oneLine(key, 'configuration key')
  if (/^environment\..*[=\s]/.test(key))
    throw refused('a variable cannot hold blanks or "="', { key })
  if (/^limits\.kernel\.(?![a-z_]+$)/.test(key))
    throw refused('the name of a kernel limit is lower-case letters, such as nofile', { key })
}

const FORMER = {
  'security.syscalls.whitelist': 'security.syscalls.allow',
  'security.syscalls.blacklist': 'security.syscalls.deny',
  'security.syscalls.blacklist_default': 'security.syscalls.deny_default',
  'security.syscalls.blacklist_compat': 'security.syscalls.deny_compat',
} as const

function checkSpellings(config: RawConfig): void {
  const former = Object.keys(FORMER).find((key) => config[key])
  const now = Object.values(FORMER).find((key) => config[key])
  if (former !== undefined && now !== undefined)
    throw together(former, now, 'one is the former spelling of the other kind')
}

function checkSyscalls(config: RawConfig): void {
  const filters = Object.keys(config).filter(
    (key) => key.startsWith('security.syscalls.') && config[key],
  )
  const [first] = filters
  if (config['raw.seccomp'] && first !== undefined)
    throw together('raw.seccomp', first, 'the raw policy replaces all others')
  const allow = ['security.syscalls.allow', 'security.syscalls.whitelist'].find(
    (key) => config[key],
  )
  if (allow === undefined) return
  const deny = filters.find((key) => denies(key, config[key] ?? ''))
  if (deny !== undefined) throw together(allow, deny, 'an allow list denies everything else')
}

function denies(key: string, text: string): boolean {
  const word = key.slice('security.syscalls.'.length)
  if (word === 'deny' || word === 'blacklist') return true
  return /^(deny|blacklist)_(default|compat)$/.test(word) && boolean.safeParse(text).data === true
}

/** What the library itself decides, by liblxc key; checked as liblxc reads a line. */
const RAW_LXC_OWNED: readonly (readonly [RegExp, string])[] = [
  [/^lxc\.(logfile|log\.file)$/, 'the library keeps the log'],
  [/^lxc\.(syslog|log\.syslog)$/, 'the library keeps the log'],
  [/^lxc\.ephemeral$/, 'the library deletes ephemeral instances'],
  [/^lxc\.prlimit\./, 'use limits.kernel.<name> instead'],
  [/^lxc\.network\./, 'use devices of type nic instead'],
  [
    /^lxc\.net\.(?!\d+\.ipv[46]\.(address|gateway)$)/,
    'only addresses and gateways of an interface may be set here',
  ],
]

function checkRawLxc(text: string): void {
  for (const raw of text.split('\n')) {
    const line = oneLine(raw, 'raw.lxc').trim()
    if (line === '' || line.startsWith('#')) continue
    const key = /^([^=\s]+)\s*=/.exec(line)?.[1]?.toLowerCase()
    if (key === undefined) throw refused('each line of raw.lxc is <key> = <value>', { line })
    const why = RAW_LXC_OWNED.find(([pattern]) => pattern.test(key))?.[1]
    if (why !== undefined) throw refused(`raw.lxc may not set ${key}: ${why}`, { line })
  }
}

function together(a: string, b: string, why: string): LxworksError {
  return refused(`${a} and ${b} cannot be used together (${why}); unset one`, { keys: [a, b] })
}

function refused(why: string, context: Readonly<Record<string, unknown>>): LxworksError {
  return new LxworksError(`Invalid config: ${why}`, {
    kind: 'invalid',
    code: 'INSTANCE_BAD_CONFIG',
    context,
  })
}
