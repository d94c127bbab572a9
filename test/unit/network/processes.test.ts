import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { linux } from '../../../bindings/linux/index.ts'
import { ProcProcesses } from '../../../lib/network/processes.ts'

const SIGTERM = 15

const processes = new ProcProcesses(linux)
let directory: string
let pidFile: string
let argument: string
let children: ChildProcess[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lxw-processes-'))
  pidFile = join(directory, 'service.pid')
  argument = `--conf-file=${randomUUID()}`
  children = []
})

afterEach(async () => {
  await Promise.all(children.map(ended))
  await rm(directory, { recursive: true })
})

async function started(...argv: readonly string[]): Promise<number> {
  const script = 'process.stdout.write("up"); setInterval(() => 0, 1000)'
  const child = spawn(process.execPath, ['-e', script, '--', ...argv], {
    env: { MARK: 'mine' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout, 'data')
  return child.pid ?? 0
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

const found = async (): Promise<readonly number[]> =>
  (await processes.find({ pidFile, argument })).map(({ pid }) => pid)

describe('a service', () => {
  it('is the process that its pid file names, with what it was started with', async () => {
    const pid = await started(argument)
    await writeFile(pidFile, `${pid}\n`)
    const [service] = await processes.find({ pidFile, argument })
    expect(service).toMatchObject({ pid, environment: { MARK: 'mine' } })
  })

  it('is not looked for further once the pid file names it', async () => {
    const [named] = [await started(argument), await started(argument)]
    await writeFile(pidFile, `${named}\n`)
    expect(await found()).toEqual([named])
  })

  it.each([
    ['is not there', undefined],
    ['is empty', ''],
    ['names another process', `${process.pid}\n`],
    ['names no process', '4194304\n'],
    ['names the one that holds all', '1\n'],
    ['holds something else', '../self'],
    ['holds a negative number', '-1\n'],
  ])('is found among all processes when its pid file %s', async (_, text) => {
    const pid = await started(argument)
    if (text !== undefined) await writeFile(pidFile, text)
    expect(await found()).toEqual([pid])
  })

  it('is none when nothing was started with exactly its argument', async () => {
    const pid = await started(`${argument}2`)
    await writeFile(pidFile, `${pid}\n`)
    expect(await found()).toEqual([])
  })

  it('is ended by stopping it, and stopping it again is silent', async () => {
    await started(argument)
    const [service] = await processes.find({ pidFile, argument })
    if (!service) throw new Error('the service was not found')
    await processes.stop(service)
    expect(await found()).toEqual([])
    await processes.stop(service)
  })

  it('is not taken for an earlier process with its number', async () => {
    const pid = await started(argument)
    const [service] = await processes.find({ pidFile, argument })
    if (!service) throw new Error('the service was not found')
    const earlier = { ...service, startTicks: '1' }
    await processes.signal(earlier, SIGTERM)
    await processes.stop(earlier)
    expect(await found()).toEqual([pid])
  })
})
