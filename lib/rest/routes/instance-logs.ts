import { createReadStream } from 'node:fs'
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { safeName } from '../../core/confined.ts'
import { errorCode } from '../../core/errors.ts'
import type { Host } from '../../host/contract.ts'
import { invalid, notFound } from '../failures.ts'
import { data, done, type Input, param, type Raw, type Route, raw, sync } from '../route.ts'
import { urlOf } from '../urls.ts'
import { ONE } from './instances.ts'

const READABLE = /^(lxc\.log|lxc\.conf|qemu\.log|(migration|snapshot|exec)_[\w.-]+)$/
const KEPT = ['lxc.log', 'lxc.conf']

export const logRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: `${ONE}/logs`,
    run: async (host, input) => {
      const { name, project, logDirectory } = await place(host, input)
      const files = await readdir(logDirectory).catch(() => [])
      const logs = files.filter((file) => READABLE.test(file)).sort()
      return data(logs.map((file) => urlOf([input.collection, name, 'logs', file], project)))
    },
  }),
  raw({
    method: 'GET',
    path: `${ONE}/logs/:file`,
    run: async (host, input) => {
      const { logDirectory } = await place(host, input)
      const file = logName(input)
      return logFile(join(logDirectory, file), file)
    },
  }),
  sync({
    method: 'DELETE',
    path: `${ONE}/logs/:file`,
    run: async (host, input) => {
      const { logDirectory } = await place(host, input)
      const file = logName(input)
      if (KEPT.includes(file))
        throw invalid('Only log files excluding lxc.log and lxc.conf may be deleted')
      await unlink(join(logDirectory, file)).catch(missing(file))
      return done
    },
  }),
  raw({
    method: 'GET',
    path: `${ONE}/console`,
    run: async (host, input) => {
      const instance = await host.instances.get(param(input, 'name'))
      return { answer: 'raw', headers: {}, body: await instance.consoleLog() }
    },
  }),
  sync({
    method: 'DELETE',
    path: `${ONE}/console`,
    run: async (host, input) => {
      const instance = await host.instances.get(param(input, 'name'))
      await instance.clearConsoleLog()
      return done
    },
  }),
]

async function place(host: Host, input: Pick<Input, 'params'>) {
  const instance = await host.instances.get(param(input, 'name'))
  const { name, project } = instance
  return { name, project, logDirectory: instance.logDirectory() }
}

function logName(input: Pick<Input, 'params'>): string {
  const name = safeName(param(input, 'file'), 'log file')
  if (!READABLE.test(name)) throw invalid(`log file name ${name} not valid`)
  return name
}

async function logFile(path: string, name: string): Promise<Raw> {
  const { size, mtime } = await stat(path).catch(missing(name))
  return {
    answer: 'raw',
    headers: {
      'Content-Disposition': `inline;filename=${name}`,
      'Content-Length': String(size),
      'Last-Modified': mtime.toUTCString(),
    },
    body: size === 0 ? '' : createReadStream(path, { end: size - 1 }),
  }
}

function missing(name: string): (error: unknown) => never {
  return (error) => {
    throw errorCode(error) === 'ENOENT' ? notFound(`there is no log file ${name}`) : error
  }
}
