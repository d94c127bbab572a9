import type { Call, Connection } from './connection.ts'
import type { ExecProcess, ExecRequest, HelperOptions, RunRequest } from './native.ts'
import { type Answer, descriptor, number } from './wire.ts'

export function execCall(request: ExecRequest, options: HelperOptions): Call {
  const { pty } = request
  const args = [
    ...[request.name, request.lxcPath, request.configFile, request.cwd],
    ...[request.uid, request.gid, pty?.columns ?? 0, pty?.rows ?? 0].map(String),
    ...[String(request.argv.length), ...request.argv, ...environment(request.env)],
  ]
  return { verb: 'exec', args, signal: options.signal }
}

export function runCall(request: RunRequest, options: HelperOptions): Call {
  const env = request.env ?? {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  }
  const args = [
    ...[request.cwd ?? '', String(request.argv.length)],
    ...[...request.argv, ...environment(env)],
  ]
  return { verb: 'run', args, fds: request.passFds ?? [], signal: options.signal }
}

function environment(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`)
}

/** Resolves when the command runs; its end is part of the result. */
export function startCommand(connection: Connection, call: Call): Promise<ExecProcess> {
  return new Promise((resolve, reject) => {
    const ended = connection.request({
      ...call,
      executed: (answer) => resolve(execProcess(answer, exited)),
    })
    const exited = ended.then(exitOf)
    // Before the announcement this is the result; after it, nobody may be listening.
    exited.catch(reject)
  })
}

function execProcess(answer: Answer, exited: ExecProcess['exited']): ExecProcess {
  const command = { pid: number(answer.fields, 0), pidfd: descriptor(answer, 0), exited }
  if (answer.fds.length === 2) return { ...command, terminal: descriptor(answer, 1) }
  return {
    ...command,
    stdin: descriptor(answer, 1),
    stdout: descriptor(answer, 2),
    stderr: descriptor(answer, 3),
  }
}

function exitOf({ fields }: Answer): { readonly exitCode: number; readonly signal?: number } {
  const [exitCode, signal] = [number(fields, 0), number(fields, 1)]
  return signal === 0 ? { exitCode } : { exitCode, signal }
}
