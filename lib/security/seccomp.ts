import { arch } from 'node:process'
import type { RawConfig } from '../core/config.ts'
import { oneLine } from '../core/emit.ts'
import { LxworksError } from '../core/errors.ts'
import { compatCalls } from './compat-calls.ts'
import { isOn } from './keys.ts'

/** Calls by which a container could change the running kernel, or open files by handle past its root. They answer ENOSYS. */
const DENIED = [
  'kexec_load',
  'open_by_handle_at',
  'init_module',
  'finit_module',
  'delete_module',
] as const

const ENOSYS = 'errno 38'

/**
 * The policy for liblxc (format 2): the raw one as it is, else an allow list, else a deny list of the built-in entries and the
 * configured ones. Undefined when nothing would be denied. Refuses with kind `invalid` what would not be one rule a line.
 */
export function seccompPolicy(config: RawConfig, architecture: string = arch): string | undefined {
  const raw = config['raw.seccomp']
  if (raw) return text(raw.split('\n').map((line) => oneLine(line, 'raw.seccomp')))
  const allowed = rules(config, 'security.syscalls.allow', 'security.syscalls.whitelist')
  if (allowed.length > 0) return text(['2', 'allowlist', '[all]', ...allowed])
  const base = builtIn(config)
  const denied = [
    ...compat(config, architecture),
    ...rules(config, 'security.syscalls.deny', 'security.syscalls.blacklist'),
  ]
  if (base.length + denied.length === 0) return undefined
  return text(['2', 'denylist', ...(base.length > 0 ? base : ['[all]']), ...denied])
}

function builtIn(config: RawConfig): readonly string[] {
  const key = present(
    config,
    'security.syscalls.deny_default',
    'security.syscalls.blacklist_default',
  )
  if (!isOn(config, key, true)) return []
  // A forced unmount could take file systems away that the host still uses.
  return ['reject_force_umount', '[all]', ...DENIED.map((call) => `${call} ${ENOSYS}`)]
}

function compat(config: RawConfig, architecture: string): readonly string[] {
  const key = present(config, 'security.syscalls.deny_compat', 'security.syscalls.blacklist_compat')
  if (!isOn(config, key) || architecture !== 'x64') return []
  const section = (abi: 'x86' | 'x32'): string[] => [
    `[${abi}]`,
    ...compatCalls(abi).map((call) => `${call} ${ENOSYS}`),
  ]
  return [...section('x86'), ...section('x32'), '[all]']
}

/** One call a line, with what to do and argument conditions in liblxc's words, or the architecture that the next lines are for. */
const RULE =
  /^(\[[A-Za-z0-9_]+\]|[a-z0-9_]+( (errno \d{1,4}|kill|trap|allow|log))?( \[\d+,[0-9a-fx]+,SCMP_CMP_[A-Z_]+(,[0-9a-fx]+)?\])*)$/

function rules(config: RawConfig, key: string, formerKey: string): readonly string[] {
  const name = present(config, key, formerKey)
  const lines = (config[name] ?? '').split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').map((line) => rule(line, name))
}

function rule(line: string, key: string): string {
  if (RULE.test(line)) return line
  throw new LxworksError(
    `Invalid line ${JSON.stringify(line.slice(0, 200))} in ${key}: expected a system call, then perhaps "errno <number>", kill, trap, allow or log, and argument conditions`,
    { kind: 'invalid', code: 'SECURITY_BAD_SYSCALL_RULE', context: { key } },
  )
}

/** The former spelling where only that one is set. */
function present(config: RawConfig, key: string, formerKey: string): string {
  return !config[key] && config[formerKey] ? formerKey : key
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n').trimEnd()}\n`
}
