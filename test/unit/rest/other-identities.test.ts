import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import type { Identity } from '../../../lib/access/contract.ts'
import { type Served, served } from './client.ts'
import { fakeExecution } from './fake-execution.ts'
import { fakeInstance } from './fake-host.ts'

/** Each request says in a header who sends it. */
const trust = ({ headers }: IncomingMessage): Identity => JSON.parse(String(headers['x-who']))

function by(fingerprint: string, projects?: readonly string[]) {
  const who = projects
    ? { trust: 'restricted', fingerprint, projects }
    : { trust: 'admin', fingerprint }
  return { 'x-who': JSON.stringify(who) }
}

const ann = by('ann', ['default'])
const bob = by('bob', ['default'])
const root = by('root')
const stranger = { 'x-who': '{"trust":"none"}' }

async function exec(api: Served) {
  api.host.records.set('default/c1', fakeInstance('c1'))
  api.host.run = () => fakeExecution()
  const { metadata } = await api.ask('POST', '/1.0/instances/c1/exec', {
    json: { command: ['sh'], 'wait-for-websocket': true },
    headers: ann,
  })
  return metadata as { id: string; metadata: { fds: Readonly<Record<string, string>> } }
}

it('shows the secrets of a command to who started it, and to nobody else who may see the operation', async () => {
  await using api = await served({ trust })
  const heard: string[] = []
  const listener = api.socket('/1.0/events', { headers: bob })
  listener.on('message', (data: Buffer) => heard.push(String(data)))
  await once(listener, 'open')
  const { id, metadata } = await exec(api)
  const path = `/1.0/operations/${id}`
  for (const who of [bob, root]) {
    const paths = [path, `${path}/wait?timeout=0`, '/1.0/operations?recursion=1']
    for (const each of paths) {
      const { text, status } = await api.ask('GET', each, { headers: who })
      expect(status).toBe(200)
      for (const secret of Object.values(metadata.fds)) expect(text).not.toContain(secret)
    }
  }
  expect((await api.ask('GET', path, { headers: ann })).text).toContain(metadata.fds['0'])
  await expect.poll(() => heard.length).toBeGreaterThan(0)
  for (const secret of Object.values(metadata.fds)) expect(heard.join()).not.toContain(secret)
  listener.terminate()
})

it('lets in who has nothing but the right secret, and tells the others nothing', async () => {
  await using api = await served({ trust })
  const { id, metadata } = await exec(api)
  const open = (query: string) =>
    api.socket(`/1.0/operations/${id}/websocket${query}`, { headers: stranger })
  const refused = open(`?secret=${'0'.repeat(64)}`)
  const [, response] = (await once(refused, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(response.statusCode).toBe(403)
  refused.on('error', () => undefined).terminate()
  const welcome = open(`?secret=${metadata.fds['0']}`)
  await once(welcome, 'open')
  welcome.terminate()
})
