import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { errorCode } from '../../core/errors.ts'
import type { Operation, OperationWork } from '../../core/operation.ts'
import type { Instance } from '../../host/contract.ts'
import type { ExecOptions, Execution } from '../../instances/contract.ts'
import type { Wire } from '../wires.ts'
import {
  CONNECT_MS,
  type Connected,
  type Desk,
  type ExecPlace,
  onInstance,
  websocketOperation,
} from './operation.ts'
import type { SocketSet } from './sockets.ts'
import { followControl, receiveInput, sendOutput } from './streams.ts'

export interface ExecRequest {
  readonly command: readonly [string, ...string[]]
  readonly environment: Readonly<Record<string, string>>
  readonly interactive: boolean
  readonly width: number
  readonly height: number
  readonly user: number
  readonly group: number
  readonly cwd: string
}

const DESCRIPTION = 'Executing command'

/** Runs a command whose streams are websockets; it starts when they are connected. */
export function execOverWebsockets(
  place: ExecPlace,
  request: ExecRequest,
  desk: Desk,
): Operation<void> {
  const { command, environment, interactive } = request
  return websocketOperation(
    place,
    {
      description: DESCRIPTION,
      metadata: { command, environment, interactive },
      names: interactive ? ['0', 'control'] : ['0', '1', '2', 'control'],
      desk,
    },
    (connected) => runConnected(place.instance, request, connected),
  )
}

/** Runs a command with nothing connected to it; its output is thrown away, or kept in two log files. */
export function execDetached(
  place: ExecPlace,
  request: ExecRequest,
  recordOutput: boolean,
): Operation<void> {
  const operation = place.host.operations.start(
    onInstance(place.record, DESCRIPTION),
    async (own) => {
      const execution = place.instance.exec(request.command, {
        ...options(request),
        input: '',
        signal: own.signal,
      })
      const logs = recordOutput ? await recordings(place.instance, operation.id) : undefined
      await finished(execution, own, [
        keep(execution.stdout, logs?.stdout.path),
        keep(execution.stderr, logs?.stderr.path),
      ])
      if (logs) own.annotate({ output: { 1: logs.stdout.url, 2: logs.stderr.url } })
    },
  )
  return operation
}

async function runConnected(
  instance: Instance,
  request: ExecRequest,
  { set, own }: Connected,
): Promise<void> {
  const { interactive } = request
  const required = interactive ? ['0', 'control'] : ['0', '1', '2']
  const connected = set.all(required, { timeoutMs: CONNECT_MS, signal: own.signal })
  const execution = instance.exec(request.command, {
    ...options(request),
    signal: own.signal,
    after: connected,
  })
  const [main, stdout, stderr] = await connected
  if (!main) return
  receiveInput(main, execution.stdin)
  const outputs = interactive
    ? [sendOutput(execution.stdout, main), drain(execution.stderr)]
    : [deliver(execution.stdout, stdout), deliver(execution.stderr, stderr)]
  if (!interactive) killWithoutReader(execution, { set, stdout })
  void set.connected('control').then((wire) => followControl(wire, execution, interactive))
  await finished(execution, own, outputs)
}

/** Resolves when the command has ended and its output is delivered; the exit status goes into the metadata. */
async function finished(
  execution: Execution,
  own: OperationWork,
  outputs: readonly Promise<void>[],
): Promise<void> {
  try {
    const [{ exitCode }] = await Promise.all([execution.exited, ...outputs])
    own.annotate({ return: exitCode })
  } catch (error) {
    await Promise.allSettled(outputs)
    const status = STATUS_OF_REFUSAL[errorCode(error) ?? '']
    if (status !== undefined) own.annotate({ return: status })
    throw error
  }
}

/** What a shell answers for a command that could not be started. */
const STATUS_OF_REFUSAL: Readonly<Record<string, number>> = {
  INSTANCE_COMMAND_NOT_FOUND: 127,
  INSTANCE_COMMAND_NOT_EXECUTABLE: 126,
}

async function deliver(output: Readable, wire: Wire | undefined): Promise<void> {
  if (!wire) return drain(output)
  wire.socket.resume()
  await sendOutput(output, wire)
  wire.finish()
}

/** Old clients have no control socket: for them, losing the output is what ends the command. */
function killWithoutReader(
  execution: Execution,
  { set, stdout }: { readonly set: SocketSet; readonly stdout: Wire | undefined },
): void {
  stdout?.socket.on('close', () => {
    const cutOff = !execution.stdout.readableEnded
    if (cutOff && !set.isConnected('control')) execution.kill('SIGKILL', 'tree')
  })
}

async function keep(output: Readable, path: string | undefined): Promise<void> {
  if (path === undefined) return drain(output)
  await pipeline(output, createWriteStream(path, { mode: 0o600 }))
}

async function drain(output: Readable): Promise<void> {
  for await (const _ of output);
}

async function recordings(instance: Instance, id: string) {
  const directory = instance.logDirectory()
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = (stream: string) => {
    const name = `exec_${id}.${stream}`
    return { path: join(directory, name), url: `/1.0/instances/${instance.name}/logs/${name}` }
  }
  return { stdout: file('stdout'), stderr: file('stderr') }
}

function options(request: ExecRequest): ExecOptions {
  const { environment, user, group, cwd, interactive, width, height } = request
  return {
    env: environment,
    uid: user,
    gid: group,
    ...(cwd !== '' && { cwd }),
    ...(interactive && {
      pty: { columns: width > 0 ? width : 80, rows: height > 0 ? height : 25 },
    }),
  }
}
