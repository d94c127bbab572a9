import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isLxworksError } from '../../../lib/core/errors.ts'
import { multipart } from '../../../lib/core/multipart.ts'
import { multipartForm } from '../../../lib/core/multipart-form.ts'

type Read = readonly { readonly name: string; readonly filename: string; readonly text: string }[]

async function read(chunks: readonly Buffer[], boundary: string): Promise<Read> {
  const found: Read[number][] = []
  for await (const { name, filename, content } of multipart(Readable.from(chunks), boundary))
    found.push({ name, filename, text: String(await buffer(content)) })
  return found
}

/** In pieces of a size. */
function cut(bytes: Buffer, size: number): readonly Buffer[] {
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
}

it('a form is taken apart as it was put together, however it is cut on the way', async () => {
  const part = fc.record({
    name: fc.constantFrom('metadata', 'rootfs', 'rootfs.img'),
    filename: fc.constantFrom('', 'a.tar', 'b c'),
    text: fc.array(fc.constantFrom('\r\n', '--', 'x', '\r\n--', 'é')).map((all) => all.join('')),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 90 }),
      async (parts, size) => {
        const form = multipartForm(
          parts.map(({ text, ...rest }) => ({
            ...{ ...rest, sizeBytes: Buffer.byteLength(text) },
            content: () => Readable.from([Buffer.from(text)]),
          })),
        )
        const bytes = await buffer(form.body())
        expect(bytes.length).toBe(form.sizeBytes)
        const [, boundary = ''] = form.contentType.split('boundary=')
        expect(await read(cut(bytes, size), boundary)).toEqual(parts)
      },
    ),
  )
})

it('any body is read or refused by name', async () => {
  const piece = fc.constantFrom(
    ...['--XY', '--', '\r\n', '\n', '\r\n\r\n', '\r\n--XY\r\n', '\r\n--XY--', 'name="a"', '"', ';'],
    ...['Content-Disposition: form-data; name="metadata"', 'content-disposition:', '\0', 'x'],
  )
  const body = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  )
  await fc.assert(
    fc.asyncProperty(body, fc.integer({ min: 1, max: 50 }), async (text, size) => {
      const outcome = await read(cut(Buffer.from(text), size), 'XY').catch((error) => error)
      if (isLxworksError(outcome)) expect(outcome.code).toBe('CORE_BAD_MULTIPART')
      else expect(outcome).toBeInstanceOf(Array)
    }),
    { numRuns: 500 },
  )
})
