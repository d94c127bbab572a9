import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { directSource } from '../../../../lib/images/sources/direct/index.ts'
import { httpClient } from '../../../../lib/images/sources/http.ts'
import { imageFile } from '../world.ts'
import { serve } from './web-server.ts'

const { find } = directSource({
  ask: httpClient(async () => ({ http: undefined, https: undefined, ignoreHosts: undefined })),
})
const query = (server: string) =>
  ({ protocol: 'direct', server, type: 'container', architecture: 'x86_64' }) as const

describe('an image at a URL', () => {
  it('is where the server says, and what it says', async () => {
    const content = imageFile({ os: 'here' })
    const fingerprint = createHash('sha256').update(content).digest('hex')
    await using server = await serve(({ method, headers }, response) => {
      if (method !== 'HEAD') return void response.end(content)
      expect(headers['lxd-server-architectures']).toBe('x86_64, i686')
      response.writeHead(200, { 'LXD-Image-Hash': fingerprint, 'LXD-Image-URL': '/files/1.tar' })
      response.end()
    })
    const offer = await find(query(`${server.url}/image`), {})
    expect(offer).toMatchObject({ fingerprint, type: 'container', architecture: 'x86_64' })
    const directory = await mkdtemp(join(tmpdir(), 'lxworks-direct-'))
    const told: number[] = []
    const { path } = await offer.fetch(directory, {
      progress: ({ doneBytes = 0 }) => told.push(doneBytes),
    })
    expect(await readFile(path)).toEqual(Buffer.from(content))
    expect(told.at(-1)).toBe(content.length)
    expect(server.asked).toEqual(['HEAD /image', 'GET /files/1.tar'])
    await rm(directory, { recursive: true })
  })

  it.each([
    ['no hash', { 'LXD-Image-URL': '/x' }],
    ['no place', { 'LXD-Image-Hash': 'a'.repeat(64) }],
    ['a hash that is none', { 'LXD-Image-URL': '/x', 'LXD-Image-Hash': '../../etc' }],
  ])('is refused when the server gives %s', async (_, headers) => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, headers).end()
    })
    await expect(find(query(server.url), {})).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('is not found where there is none', async () => {
    await using server = await serve((_request, response) => void response.writeHead(404).end())
    await expect(find(query(server.url), {})).rejects.toMatchObject({ kind: 'notFound' })
  })
})
