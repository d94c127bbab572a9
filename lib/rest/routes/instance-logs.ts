import type { Host, Instance } from '../../host/contract.ts'
import { data, done, type Input, param, type Raw, type Route, raw, sync } from '../route.ts'
import { urlOf } from '../urls.ts'
import { ONE } from './instances.ts'

export const logRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: `${ONE}/logs`,
    run: async (host, input) => {
      const { name, project, logs } = await instanceOf(host, input)
      const names = await logs.list()
      return data(names.map((file) => urlOf([input.collection, name, 'logs', file], project)))
    },
  }),
  raw({
    method: 'GET',
    path: `${ONE}/logs/:file`,
    run: async (host, input) => {
      const { logs } = await instanceOf(host, input)
      return logFile(logs, param(input, 'file'))
    },
  }),
  sync({
    method: 'DELETE',
    path: `${ONE}/logs/:file`,
    run: async (host, input) => {
      const { logs } = await instanceOf(host, input)
      await logs.delete(param(input, 'file'))
      return done
    },
  }),
  raw({
    method: 'GET',
    path: `${ONE}/console`,
    run: async (host, input) => {
      const instance = await instanceOf(host, input)
      return { answer: 'raw', headers: {}, body: await instance.consoleLog() }
    },
  }),
  sync({
    method: 'DELETE',
    path: `${ONE}/console`,
    run: async (host, input) => {
      const instance = await instanceOf(host, input)
      await instance.clearConsoleLog()
      return done
    },
  }),
]

function instanceOf(host: Host, input: Pick<Input, 'params'>): Promise<Instance> {
  return host.instances.get(param(input, 'name'))
}

async function logFile(logs: Instance['logs'], name: string): Promise<Raw> {
  const { sizeBytes, modifiedAt, content } = await logs.open(name)
  return {
    answer: 'raw',
    headers: {
      'Content-Disposition': `inline;filename=${name}`,
      'Content-Length': String(sizeBytes),
      'Last-Modified': modifiedAt.toUTCString(),
    },
    body: content,
  }
}
