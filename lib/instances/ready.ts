import { type Cancellable, cancelled } from '../core/cancel.ts'
import { isLxworksError, LxworksError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { ExecOptions, Execution, InstanceFiles, InstanceState, Ready } from './contract.ts'

/** What waiting needs of one instance. */
export interface ReadyView {
  readonly state: () => Promise<InstanceState>
  readonly exec: (argv: readonly [string, ...string[]], options: ExecOptions) => Execution
  readonly files: InstanceFiles
  readonly consoleLog: () => Promise<Buffer>
  readonly clock: Clock
}

/** A guest announces none of this to its host, so the host looks, more and more rarely. */
const FIRST_LOOK_MS = 10
const LONGEST_PAUSE_MS = 500
const CONSOLE_TAIL_BYTES = 2_000

/** Resolves when the condition holds. Rejects when the instance has stopped, or the signal aborts; both with the console's end. */
export async function untilReady(
  view: ReadyView,
  condition: Ready,
  options: Cancellable,
): Promise<void> {
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    if (options.signal?.aborted) throw await gaveUp(view, cancelled(options.signal.reason))
    if (await holds(view, condition)) return
    if ((await view.state()).status === 'Stopped') throw await gaveUp(view, stopped())
    await view.clock.sleep(pause, options).catch(() => undefined)
  }
}

async function holds(view: ReadyView, condition: Ready): Promise<boolean> {
  switch (condition.kind) {
    case 'all': {
      const each = await Promise.all(condition.of.map((part) => holds(view, part)))
      return each.every(Boolean)
    }
    case 'address':
      return hasAddress(await view.state(), condition.family)
    case 'log':
      return condition.pattern.test((await view.consoleLog()).toString('utf8'))
    case 'file':
      return view.files.stat(condition.path).then(
        () => true,
        () => false,
      )
    case 'command':
      return succeeds(view, condition.argv)
    case 'port':
      return listens(view, condition.port)
    case 'system':
      return systemUp(view)
  }
  condition satisfies never
}

function hasAddress(state: InstanceState, family: 'inet' | 'inet6' | undefined): boolean {
  const addresses = Object.values(state.network ?? {}).flatMap((link) => link.addresses)
  return addresses.some(
    (address) => address.scope === 'global' && (family === undefined || address.family === family),
  )
}

function succeeds(view: ReadyView, argv: readonly [string, ...string[]]): Promise<boolean> {
  return view.exec(argv, { timeoutMs: 10_000 }).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  )
}

const LISTEN = '0A'

async function listens(view: ReadyView, port: number): Promise<boolean> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => view.files.read(path).then(String, () => '')),
  )
  const rows = tables
    .join('\n')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  return rows.some(([, local, , state]) => state === LISTEN && local?.endsWith(wanted))
}

async function systemUp(view: ReadyView): Promise<boolean> {
  try {
    const { stdout } = await view.exec(['systemctl', 'is-system-running'], { timeoutMs: 10_000 })
    return ['running', 'degraded'].includes(stdout.trim())
  } catch (error) {
    // Without systemd, an init that lets commands run is all there is to ask for.
    return isLxworksError(error) && error.code === 'INSTANCE_COMMAND_NOT_FOUND'
  }
}

function stopped(): LxworksError {
  return new LxworksError('the instance stopped before it was ready', {
    kind: 'precondition',
    code: 'INSTANCE_STOPPED_EARLY',
  })
}

async function gaveUp(view: ReadyView, reason: LxworksError): Promise<LxworksError> {
  const log = await view.consoleLog().then(String, () => '')
  const console = log.slice(-CONSOLE_TAIL_BYTES)
  const tail = console === '' ? 'its console is empty' : `the end of its console:\n${console}`
  return new LxworksError(`${reason.message}; ${tail}`, {
    kind: reason.kind,
    code: reason.code,
    context: { console },
    cause: reason,
  })
}
