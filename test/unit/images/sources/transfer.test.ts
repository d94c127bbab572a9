import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { httpClient } from '../../../../lib/images/sources/http.ts'
import { transfer } from '../../../../lib/images/sources/transfer.ts'
import { serve } from './web-server.ts'

const plain = httpClient(async () => ({
  http: undefined,
  https: undefined,
  ignoreHosts: undefined,
}))
let place = ''

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'lxworks-transfer-'))
})
afterEach(() => rm(place, { recursive: true }))

const CONTENT = Buffer.alloc(300_000, 'lxworks ')

describe('a file of another server', () => {
  it('is taken up where the connection broke, when it is still the same', async () => {
    let broken = false
    await using server = await serve(({ headers }, response) => {
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
      const range = `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`
      response.writeHead(from > 0 ? 206 : 200, { etag: '"one"', 'content-range': range })
      if (broken) return void response.end(CONTENT.subarray(from))
      broken = true
      response.write(CONTENT.subarray(0, 100_000), () => response.destroy())
    })
    const target = join(place, 'file')
    let bytes = 0
    const received = (more: number): void => {
      bytes += more
    }
    const sizeBytes = CONTENT.length
    await transfer(
      plain,
      { url: new URL(server.url), target, sizeBytes, mostBytes: 1e6, received },
      {},
    )
    expect(await readFile(target)).toEqual(CONTENT)
    expect([bytes, server.asked.length]).toEqual([sizeBytes, 2])
  })

  it('begins again where the server knows nothing of ranges', async () => {
    let times = 0
    await using server = await serve((_, response) => {
      response.writeHead(200)
      if (times++ > 0) return void response.end(CONTENT)
      response.write(CONTENT.subarray(0, 100_000), () => response.destroy())
    })
    const target = join(place, 'file')
    await transfer(plain, { url: new URL(server.url), target, mostBytes: 1e6 }, {})
    expect(await readFile(target)).toEqual(CONTENT)
  })

  it('is given up when more comes than may', async () => {
    await using server = await serve((_, response) => void response.end(CONTENT))
    const what = { url: new URL(server.url), target: join(place, 'file'), mostBytes: 1000 }
    await expect(transfer(plain, what, {})).rejects.toMatchObject({
      code: 'IMAGE_SOURCE_TOO_LARGE',
    })
  })

  it('is given up with the caller', async () => {
    await using server = await serve(() => undefined)
    const signal = AbortSignal.abort()
    const what = { url: new URL(server.url), target: join(place, 'file'), mostBytes: 1000 }
    await expect(transfer(plain, what, { signal })).rejects.toMatchObject({ kind: 'cancelled' })
  })
})
