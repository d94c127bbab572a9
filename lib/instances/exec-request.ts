import type { ExecRequest } from '../../bindings/helper/native.ts'
import type { RawConfig } from '../core/config.ts'
import { LxworksError } from '../core/errors.ts'
import { containerTarget } from './adopt.ts'
import type { ExecOptions, InstanceRef, InstanceStatus } from './contract.ts'

/** What is known of an instance in which a command is to run. */
export interface ExecSubject extends InstanceRef {
  readonly status: InstanceStatus
  /** At least its `environment.*` keys and `oci.cwd`, with those of its profiles. */
  readonly config: RawConfig
}

/** Pure: the command with LXD's defaults, where the instance has no own; the caller's environment wins over the instance's, that over the defaults. */
export function execRequest(
  subject: ExecSubject,
  {
    argv,
    options,
    root,
  }: {
    readonly argv: readonly [string, ...string[]]
    readonly options: ExecOptions
    readonly root: string
  },
): ExecRequest {
  refuseIdle(subject)
  const uid = options.uid ?? 0
  return {
    ...containerTarget(subject, root),
    argv,
    env: { ...defaults(uid), ...instanceEnvironment(subject.config), ...options.env },
    cwd: options.cwd ?? subject.config['oci.cwd'] ?? '/root',
    uid,
    gid: options.gid ?? 0,
    ...(options.pty && { pty: options.pty }),
  }
}

/** Kind `invalid` for one that does not run, or is frozen. */
export function refuseIdle({ name, status }: Pick<ExecSubject, 'name' | 'status'>): void {
  if (status === 'Running') return
  const why = status === 'Frozen' ? 'Instance is frozen' : 'Instance is not running'
  const remedy = status === 'Frozen' ? 'thaw' : 'start'
  throw new LxworksError(`${why}: ${remedy} ${name} first`, {
    kind: 'invalid',
    code: status === 'Frozen' ? 'INSTANCE_FROZEN' : 'INSTANCE_NOT_RUNNING',
    context: { name },
  })
}

function defaults(uid: number): RawConfig {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    ...(uid === 0 && { HOME: '/root', USER: 'root' }),
  }
}

function instanceEnvironment(config: RawConfig): RawConfig {
  const own = Object.entries(config).filter(([key]) => key.startsWith('environment.'))
  return Object.fromEntries(own.map(([key, value]) => [key.slice('environment.'.length), value]))
}
