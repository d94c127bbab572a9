import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type AccessWorld, freePort, openAccessWorld } from './access-world.ts'

const run = promisify(execFile)

/** A machine of its own on a cable to this one; it can be cut off without a word. */
const mark = `lxv${randomBytes(3).toString('hex')}`
const subnet = `10.${randomInt(64, 128)}.${randomInt(1, 255)}`

let world: AccessWorld
let address: string
const clients: ChildProcess[] = []

const ip = (...argv: readonly string[]) => run('ip', argv)
const away = (...argv: readonly string[]) => ip('netns', 'exec', mark, ...argv)

beforeAll(async () => {
  await ip('netns', 'add', mark)
  await ip('link', 'add', mark, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', mark)
  await ip('addr', 'add', `${subnet}.1/24`, 'dev', mark)
  await ip('link', 'set', mark, 'up')
  await away('ip', 'addr', 'add', `${subnet}.2/24`, 'dev', 'eth0')
  await away('ip', 'link', 'set', 'eth0', 'up')
  world = await openAccessWorld({ patience: { pingMs: 500 } })
  address = `${subnet}.1:${await freePort()}`
  await world.host.server.patch({ 'core.https_address': address })
})

afterAll(async () => {
  for (const client of clients) client.kill('SIGKILL')
  await world[Symbol.asyncDispose]()
  await ip('link', 'del', mark)
  await ip('netns', 'del', mark)
})

/** Says over TLS what is given, from the other machine, and does not end. Resolves with the first that it hears. */
async function says(...requests: readonly string[]): Promise<string> {
  const { key, cert } = await world.trusted(`away-${clients.length}`)
  const file = join(world.root, `away-${clients.length}`)
  await writeFile(file, JSON.stringify({ key, cert, requests, address }))
  const client = spawn('ip', ['netns', 'exec', mark, process.execPath, '-e', PROGRAM, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  clients.push(client)
  const [heard] = (await once(client.stdout, 'data')) as [Buffer]
  return String(heard)
}

const PROGRAM = `
const { key, cert, requests, address } = JSON.parse(require('fs').readFileSync(process.argv[1]))
const [host, port] = address.split(':')
const socket = require('tls').connect({ host, port, key, cert, rejectUnauthorized: false }, () => {
  for (const text of requests) socket.write(text)
})
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
socket.once('data', (data) => {
  process.stdout.write(data)
  // One answer to a ping, as a client that is well.
  if (/101 Switching/.test(data)) socket.write(pong)
})
`

const LINES = ['Host: x', '', ''].join('\r\n')
const WEBSOCKET = [
  ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
  ...['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', LINES],
].join('\r\n')

async function connections(): Promise<number> {
  const { stdout } = await run('ss', [
    '-Htn',
    'state',
    'established',
    'src',
    address,
    'dst',
    `${subnet}.2`,
  ])
  return stdout.split('\n').filter(Boolean).length
}

it('clients whose machine is gone without a word are given up, whatever they were doing', async () => {
  const { operation } = await world.host.access.issueToken({ name: 'late' })
  operation.catch(() => undefined)
  expect(await says(`GET /1.0/events HTTP/1.1\r\n${WEBSOCKET}`)).toContain('101 Switching')
  expect(await says(`GET /1.0 HTTP/1.1\r\n${LINES}`)).toContain('200 OK')
  const wait = `GET /1.0/operations/${operation.id}/wait HTTP/1.1\r\n${LINES}`
  expect(await says(`GET /1.0 HTTP/1.1\r\n${LINES}`, wait)).toContain('200 OK')
  const half = `POST /1.0/profiles HTTP/1.1\r\nContent-Length: 99\r\n${LINES}{`
  expect(await says(`GET /1.0 HTTP/1.1\r\n${LINES}`, half)).toContain('200 OK')
  expect(await connections()).toBe(4)
  const rules =
    'add table ip lost; add chain ip lost in { type filter hook input priority 0; policy drop; }; add chain ip lost out { type filter hook output priority 0; policy drop; }'
  await away('nft', rules)
  await world.host.profiles.create({ name: 'told' })
  await vi.waitFor(async () => expect(await connections()).toBe(0), {
    timeout: 60_000,
    interval: 500,
  })
  expect((await world.local('GET', '/1.0/profiles')).metadata).toHaveLength(2)
  await operation.cancel()
}, 90_000)
