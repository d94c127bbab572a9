import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { success } from '../../../lib/rest/envelope.ts'
import { isLong, sendList } from '../../../lib/rest/long-lists.ts'
import { served } from './client.ts'
import { fakeInstance } from './fake-host.ts'

const COUNT = 300

describe('a long list', () => {
  it('is the same as a short one, only more', async () => {
    await using api = await served()
    const names = Array.from({ length: COUNT }, (_, index) => `c${index}`)
    for (const name of names) api.host.records.set(`default/${name}`, fakeInstance(name))
    for (const depth of [0, 1, 2]) {
      const answer = await api.ask('GET', `/1.0/instances?recursion=${depth}`)
      expect(Object.keys(answer.body)).toEqual(Object.keys(success([])))
      expect(answer.body).toMatchObject({ type: 'sync', status_code: 200, error: '' })
      expect(answer.metadata).toHaveLength(COUNT)
    }
    const some = await api.ask('GET', '/1.0/instances?recursion=1&filter=name+eq+c7')
    expect(some.metadata).toMatchObject([{ name: 'c7' }])
  })

  it('is sent part by part, whatever characters are in it', async () => {
    const all = Array.from({ length: COUNT }, (_, index) => ({
      index,
      text: 'é"\\\n€'.repeat(500),
    }))
    const envelope = success(all)
    if (!isLong(envelope)) throw new Error('it is short')
    const parts: Buffer[] = []
    const response = Object.assign(
      new Writable({
        write: (part: Buffer, _, done) => {
          parts.push(part)
          done()
        },
      }),
      { writeHead: () => undefined },
    )
    await sendList(response as never, 200, envelope)
    expect(parts.length).toBeGreaterThan(10)
    expect(Buffer.concat(parts).toString()).toBe(`${JSON.stringify(envelope)}\n`)
  })
})
