import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { type Served, served } from './client.ts'
import { fakeInstance } from './fake-host.ts'

async function imported(api: Served, location: string | undefined) {
  const { metadata } = await api.ask('GET', `${location}/wait`)
  return metadata as { status: string; metadata: object; err: string }
}

function part(name: string, content: Buffer | string): Buffer {
  const head = `--XYZ\r\nContent-Disposition: form-data; name="${name}"; filename="${name}.tar"\r\nContent-Type: application/octet-stream\r\n\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')])
}

const SPLIT = { 'Content-Type': 'multipart/form-data; boundary=XYZ' }

describe('uploading an image', () => {
  it('takes one file with what its headers say, and tells the fingerprint in the operation', async () => {
    await using api = await served()
    const { status, headers } = await api.ask('POST', '/1.0/images', {
      body: Buffer.alloc(300_000, 'i'),
      headers: {
        'X-LXD-filename': 'bb.tar.gz',
        'X-LXD-public': 'true',
        'X-LXD-properties': 'os=busy%20box&release=1',
        'X-LXD-aliases': 'alias=a&alias=b',
      },
    })
    expect(status).toBe(202)
    expect(await imported(api, headers.location)).toMatchObject({
      status: 'Success',
      description: 'Downloading image',
      metadata: { fingerprint: 'ab'.repeat(32), size: '7' },
    })
    expect(api.host.imported).toMatchObject([
      {
        filename: 'bb.tar.gz',
        public: true,
        properties: { os: 'busy box', release: '1' },
        aliases: [{ name: 'a' }, { name: 'b' }],
      },
    ])
    expect(api.host.stored.get('image')).toHaveLength(300_000)
    expect(api.host.operations.list()).toHaveLength(1)
    expect(await readdir(`${api.host.root}/images`)).toEqual([])
  })

  it('takes the two parts of a split image apart, whatever bytes are in them', async () => {
    await using api = await served()
    const tricky = Buffer.from('\r\n--XY\r\n--XYZ?\r\n-'.replace('--XYZ?', '--XYY'))
    const body = Buffer.concat([
      part('metadata', tricky),
      part('rootfs', Buffer.alloc(200_000, '\r')),
      Buffer.from('--XYZ--\r\n'),
    ])
    const { headers } = await api.ask('POST', '/1.0/images', { body, headers: SPLIT })
    expect(await imported(api, headers.location)).toMatchObject({ status: 'Success' })
    expect(api.host.stored.get('image')?.equals(tricky)).toBe(true)
    expect(api.host.stored.get('rootfs')).toHaveLength(200_000)
    expect(api.host.imported[0]?.filename).toBe('rootfs.tar')
    expect(await readdir(`${api.host.root}/images`)).toEqual([])
  })

  it.each([
    ['one part', [part('metadata', 'm'), '--XYZ--']],
    ['an unknown part', [part('metadata', 'm'), part('passwd', 'x'), '--XYZ--']],
    ['the same part twice', [part('metadata', 'm'), part('metadata', 'm'), '--XYZ--']],
    ['no end', [part('metadata', 'm'), part('rootfs', 'r')]],
    ['no boundary at all', ['hello']],
  ])('refuses a split image with %s and leaves nothing', async (_, parts) => {
    await using api = await served()
    const body = Buffer.concat(parts.map((each) => Buffer.from(each)))
    const { status } = await api.ask('POST', '/1.0/images', { body, headers: SPLIT })
    expect(status).toBe(400)
    expect(await readdir(`${api.host.root}/images`)).toEqual([])
  })

  it('leaves nothing when the client leaves in the middle', async () => {
    await using api = await served()
    const socket = connect(api.path)
    socket.write('POST /1.0/images HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbeginning')
    await vi.waitFor(async () => {
      expect(await readdir(`${api.host.root}/images`)).toHaveLength(1)
    })
    socket.destroy()
    await vi.waitFor(async () => {
      expect(await readdir(`${api.host.root}/images`)).toEqual([])
    })
  })

  it('is the only way to an image: a JSON source is refused with 501', async () => {
    await using api = await served()
    const headers = { 'Content-Type': 'application/json' }
    const json = { source: { type: 'url', url: 'https://example.org' } }
    expect((await api.ask('POST', '/1.0/images', { json, headers })).status).toBe(501)
  })
})

describe('files of an instance', () => {
  it('go in and out with their owner, mode and type in headers', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    const url = '/1.0/instances/c1/files?path=/etc/motd'
    expect((await api.ask('POST', url, { body: 'welcome' })).status).toBe(200)
    const { text, headers } = await api.ask('GET', url)
    expect(text).toBe('welcome')
    expect(headers).toMatchObject({
      'x-lxd-uid': '1',
      'x-lxd-gid': '2',
      'x-lxd-mode': '0644',
      'x-lxd-type': 'file',
      'content-type': 'application/octet-stream',
    })
    expect((await api.ask('HEAD', url)).headers['x-lxd-type']).toBe('file')
    expect((await api.ask('DELETE', url)).status).toBe(200)
    expect((await api.ask('DELETE', url)).status).toBe(404)
  })

  it('are listed for a directory', async () => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    const { headers, metadata } = await api.ask('GET', '/1.0/instances/c1/files?path=/dir')
    expect(headers['x-lxd-type']).toBe('directory')
    expect(metadata).toEqual(['entry'])
  })

  it.each([
    ['no path', '', {}],
    ['a bad type', '?path=/a', { 'X-LXD-type': 'fifo' }],
    ['a bad mode', '?path=/a', { 'X-LXD-mode': '99' }],
    ['a bad write mode', '?path=/a', { 'X-LXD-write': 'maybe' }],
  ])('are refused with %s', async (_, query, headers) => {
    await using api = await served()
    api.host.records.set('default/c1', fakeInstance('c1'))
    const answer = await api.ask('POST', `/1.0/instances/c1/files${query}`, { body: '', headers })
    expect(answer.status).toBe(400)
  })
})

describe('log files', () => {
  it.each(['passwd', '..%2f..%2fetc%2fpasswd', 'console.log', 'exec_..%2fx'])(
    'cannot be reached under the name %s',
    async (name) => {
      await using api = await served()
      api.host.records.set('default/c1', fakeInstance('c1'))
      expect((await api.ask('GET', `/1.0/instances/c1/logs/${name}`)).status).toBe(400)
    },
  )
})

describe('events', () => {
  async function listen(api: Served, query: string) {
    const socket = api.socket(`/1.0/events${query}`)
    const told: { type: string; metadata: Readonly<Record<string, unknown>> }[] = []
    socket.on('message', (data: Buffer) => told.push(JSON.parse(String(data))))
    await once(socket, 'open')
    return told
  }

  it('tell operations and what was done, with the one who asked', async () => {
    await using api = await served({ peer: () => ({ uid: 0 }) })
    const told = await listen(api, '')
    api.host.in('default').as({ username: 'root', protocol: 'unix', address: '@' }, () =>
      api.host.bus.lifecycle({
        action: 'instance-started',
        project: 'default',
        source: '/1.0/instances/c1',
      }),
    )
    await vi.waitFor(() => expect(told).toHaveLength(1))
    expect(told[0]).toMatchObject({
      type: 'lifecycle',
      location: 'none',
      project: 'default',
      metadata: {
        action: 'instance-started',
        source: '/1.0/instances/c1',
        requestor: { username: 'root', protocol: 'unix', address: '@' },
      },
    })
  })

  it('are chosen by type and project', async () => {
    await using api = await served()
    const blue = await listen(api, '?type=lifecycle&project=blue')
    const all = await listen(api, '?type=lifecycle,logging&all-projects=true')
    api.host.bus.log('info', 'a line', { count: 1 })
    for (const project of ['default', 'blue']) {
      api.host.bus.lifecycle({ action: 'config-updated', project, source: '/' })
    }
    await vi.waitFor(() => expect(all).toHaveLength(3))
    expect(blue).toHaveLength(1)
    expect(all[0]?.metadata).toEqual({ message: 'a line', level: 'info', context: { count: '1' } })
  })

  it('are refused for an unknown type, and without a websocket', async () => {
    await using api = await served()
    const socket = api.socket('/1.0/events?type=gossip')
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number },
    ]
    expect(response.statusCode).toBe(400)
    expect((await api.ask('GET', '/1.0/events')).status).toBe(400)
  })
})

describe('clients that break off', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['half a request', 'GET /1.0 HTT'],
    [
      'an upgrade of a plain path',
      'GET /1.0 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    [
      'a websocket without a key',
      'GET /1.0/events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    ['headers that are too long', `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('with %s do not disturb the others', async (_, text) => {
    await using api = await served()
    const socket = connect(api.path)
    socket.on('error', () => undefined)
    socket.end(text)
    socket.resume()
    await once(socket, 'close')
    expect((await api.ask('GET', '/')).status).toBe(200)
  })
})
