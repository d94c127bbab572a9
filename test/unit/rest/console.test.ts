import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { LxworksError } from '../../../lib/core/errors.ts'
import { received, type Served, served } from './client.ts'
import { type FakeConsole, fakeConsole } from './fake-console.ts'
import { fakeInstance } from './fake-host.ts'

const PATH = '/1.0/instances/c1/console'

async function ask(
  api: Served,
  body: object = {},
  status: 'Running' | 'Frozen' | 'Stopped' = 'Running',
) {
  api.host.records.set('default/c1', fakeInstance('c1', { status }))
  return api.ask('POST', PATH, { json: { type: 'console', width: 100, height: 40, ...body } })
}

async function attached(api: Served, body: object = {}) {
  const played = fakeConsole()
  const options: unknown[] = []
  api.host.attach = async (given) => {
    options.push({ columns: given?.columns, rows: given?.rows })
    return played.console
  }
  const { metadata } = await ask(api, body)
  const { id, metadata: own } = metadata as {
    id: string
    metadata: { fds: Readonly<Record<string, string>> }
  }
  const connect = (name: string) =>
    api.socket(`/1.0/operations/${id}/websocket?secret=${own.fds[name]}`)
  const [screen, control] = [connect('0'), connect('control')]
  const messages = received(screen)
  await Promise.all([once(screen, 'open'), once(control, 'open')])
  const wait = async () =>
    (await api.ask('GET', `/1.0/operations/${id}/wait`)).metadata as { status: string; err: string }
  return { ...played, options, screen, control, messages, id, fds: own.fds, wait }
}

const given = (played: FakeConsole) => vi.waitFor(() => expect(played.console.destroyed).toBe(true))

describe('POST /1.0/instances/<name>/console', () => {
  it('is an operation with two websockets, told as LXD tells it', async () => {
    await using api = await served()
    const { status, metadata } = await ask(api)
    expect(status).toBe(202)
    expect(metadata).toMatchObject({
      class: 'websocket',
      description: 'Showing console',
      resources: { instances: ['/1.0/instances/c1'], containers: ['/1.0/containers/c1'] },
    })
    expect(Object.keys((metadata as { metadata: { fds: object } }).metadata.fds)).toEqual([
      '0',
      'control',
    ])
  })

  it('passes on what is printed and typed, and new sizes', async () => {
    await using api = await served()
    const console = await attached(api)
    console.print('login: ')
    console.screen.send(Buffer.from('root\r'))
    console.control.send('{"command":"window-resize","args":{"width":"120","height":"50"}}')
    console.control.send('{"command":"signal","signal":9}')
    console.control.send('no json')
    await vi.waitFor(() => {
      expect(console.typed()).toBe('root\r')
      expect(console.sizes).toEqual([{ columns: 120, rows: 50 }])
    })
    expect(console.options).toEqual([{ columns: 100, rows: 40 }])
    console.stop()
    const [first] = await console.messages
    expect(String(first?.data)).toBe('login: ')
    expect(await console.wait()).toMatchObject({ status: 'Success', err: '' })
  })

  it.each(['screen', 'control'] as const)(
    'gives the console back when the client leaves the %s',
    async (name) => {
      await using api = await served()
      const console = await attached(api)
      console[name].close()
      await given(console)
      expect(await console.wait()).toMatchObject({ status: 'Success' })
    },
  )

  it('gives the console back when the operation is cancelled', async () => {
    await using api = await served()
    const console = await attached(api, { width: 0, height: 0 })
    await vi.waitFor(() => expect(console.options).toEqual([{}]))
    await api.ask('DELETE', `/1.0/operations/${console.id}`)
    expect(await console.wait()).toMatchObject({ status: 'Cancelled' })
  })

  it('fails when the console is in use, and says so', async () => {
    await using api = await served()
    const console = await attached(api)
    console.stop()
    await console.wait()
    api.host.attach = async () => {
      throw new LxworksError('The console of c1 is in use', {
        kind: 'busy',
        code: 'INSTANCE_CONSOLE_IN_USE',
      })
    }
    const { metadata } = await ask(api)
    const { id, metadata: own } = metadata as {
      id: string
      metadata: { fds: Readonly<Record<string, string>> }
    }
    for (const secret of Object.values(own.fds))
      await once(api.socket(`/1.0/operations/${id}/websocket?secret=${secret}`), 'open')
    const ended = await api.ask('GET', `/1.0/operations/${id}/wait`)
    expect(ended.metadata).toMatchObject({ status: 'Failure', err: 'The console of c1 is in use' })
  })

  it.each([
    [{}, 'Stopped', 'Instance is not running'],
    [{}, 'Frozen', 'Instance is frozen'],
    [{ type: 'vga' }, 'Running', 'VGA console is only supported by virtual machines'],
    [{ type: 'other' }, 'Running', 'Unknown console type "other"'],
  ] as const)('refuses %j of one that is %s: %s', async (body, state, message) => {
    await using api = await served()
    const { status, body: answer } = await ask(api, body, state)
    expect(status).toBe(400)
    expect(answer.error).toContain(message)
  })
})
