import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { httpClient, readAll } from '../../../../lib/images/sources/http.ts'
import { proxyFor, proxyKeys } from '../../../../lib/images/sources/proxy.ts'

let server: Server
let asked: IncomingMessage[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  asked = []
  answer = (_, response) => void response.end('hello')
  server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const NONE = { http: undefined, https: undefined, ignoreHosts: undefined }
const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const ask = httpClient(async () => NONE)
const text = async (path: string, mostBytes = 100): Promise<string> =>
  String(await readAll(await ask(new URL(path, origin()), { redirects: 2 }), { mostBytes }))

describe('a request for an image', () => {
  it('brings what the server answers, up to a size', async () => {
    expect(await text('/a')).toBe('hello')
    await expect(text('/a', 4)).rejects.toMatchObject({ code: 'IMAGE_SOURCE_TOO_LARGE' })
  })

  it('goes where it is sent, a few times', async () => {
    answer = ({ url }, response) => {
      if (url === '/here') response.end('found')
      else response.writeHead(302, { location: url === '/round' ? '/round' : '/here' }).end()
    }
    expect(await text('/there')).toBe('found')
    await expect(text('/round')).rejects.toMatchObject({ code: 'IMAGE_SOURCE_MISDIRECTED' })
    expect(asked).toHaveLength(5)
  })

  it.each(['file:///etc/passwd', 'http://user:secret@127.0.0.1/', 'gopher://127.0.0.1/'])(
    'is not sent to %s, nor there from elsewhere',
    async (location) => {
      await expect(ask(new URL(location))).rejects.toMatchObject({ code: 'IMAGE_SOURCE_BAD_URL' })
      answer = (_, response) => void response.writeHead(301, { location }).end()
      await expect(text('/a')).rejects.toMatchObject({ code: 'IMAGE_SOURCE_BAD_URL' })
    },
  )

  it('ends when nobody answers, when the connection breaks, and when the caller gives up', async () => {
    answer = (request) => void request.socket.destroy()
    await expect(text('/a')).rejects.toMatchObject({ code: 'IMAGE_SOURCE_UNREACHABLE' })
    answer = () => undefined
    const silent = ask(new URL(origin()), { idleMs: 50 })
    await expect(silent).rejects.toMatchObject({ kind: 'unavailable', retryable: true })
    const abort = new AbortController()
    const waiting = ask(new URL(origin()), { signal: abort.signal })
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' })
  })
})

describe('what is sent with a request', () => {
  const begun: string[] = []
  async function* body(): AsyncGenerator<Buffer> {
    begun.push('body')
    yield Buffer.from('a body')
  }
  const post = () => ask(new URL(origin()), { method: 'POST', body: body() })

  it('comes when the server asks for it', async () => {
    answer = (request, response) => void request.pipe(response)
    expect(String(await readAll(await post(), { mostBytes: 100 }))).toBe('a body')
  })

  it('is kept back from a server that refuses it', async () => {
    begun.length = 0
    server.on('checkContinue', (_, response) => void response.writeHead(403).end('no'))
    const { status, body: said } = await post()
    said.destroy()
    expect([status, begun]).toEqual([403, []])
  })
})

describe('a proxy', () => {
  it('is asked for what is elsewhere, with its own credentials', async () => {
    const http = origin().replace('//', '//me:p%40ss@')
    const through = httpClient(async () => ({ ...NONE, http }))
    const found = await through(new URL('http://images.example/index'))
    expect(String(await readAll(found, { mostBytes: 9 }))).toBe('hello')
    expect(asked[0]).toMatchObject({
      url: 'http://images.example/index',
      headers: { host: 'images.example', 'proxy-authorization': `Basic ${btoa('me:p@ss')}` },
    })
  })

  it('is asked for a way to a server with https, and may refuse', async () => {
    const seen: (string | undefined)[] = []
    server.on('connect', ({ url }, socket) => {
      seen.push(url)
      socket.end('HTTP/1.1 403 no\r\n\r\n')
    })
    const through = httpClient(async () => ({ ...NONE, https: origin() }))
    await expect(through(new URL('https://images.example/index'))).rejects.toMatchObject({
      ...{ kind: 'unavailable', code: 'IMAGE_SOURCE_PROXY' },
    })
    expect(seen).toEqual(['images.example:443'])
  })

  it('is not asked for hosts that are to be ignored, nor for this machine', () => {
    const keys = { ...NONE, http: 'proxy:3128', ignoreHosts: 'corp.example, .lan,10.0.0.1:80' }
    const is = (url: string): boolean => proxyFor(new URL(url), keys) !== undefined
    expect(['http://a.example', 'http://notcorp.example', 'http://10.0.0.2'].map(is)).toEqual([
      ...[true, true, true],
    ])
    const ignored = [
      'corp.example',
      'x.corp.example',
      'a.lan',
      '10.0.0.1',
      'localhost',
      '127.1.2.3',
    ]
    expect(ignored.filter((host) => is(`http://${host}`))).toEqual([])
    expect(is('https://a.example')).toBe(false)
  })

  it('is what the server’s keys say, else what the environment says', async () => {
    const settings: Record<string, string> = { 'core.proxy_http': 'http://set' }
    const environment = { HTTP_PROXY: 'http://no', https_proxy: 'http://env', NO_PROXY: '*' }
    expect(await proxyKeys(async (key) => settings[key], environment)).toEqual({
      ...{ http: 'http://set', https: 'http://env', ignoreHosts: '*' },
    })
  })

  it('that is no URL of one is refused by name', () => {
    const keys = { ...NONE, http: 'socks5://proxy' }
    expect(() => proxyFor(new URL('http://a.example'), keys)).toThrow(/socks5.*http:\/\//)
  })
})
