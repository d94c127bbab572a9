import fc from 'fast-check'
import { expect, describe as group, it } from 'vitest'
import { parseMetadata } from '../../../lib/images/metadata.ts'
import { describe } from '../../../lib/images/metadata-text.ts'

const NOW = new Date('2026-01-02T03:04:05Z')
const plain = { architecture: 'x86_64', properties: {} }

group('what a new image says of itself', () => {
  it('keeps the templates and the architecture that came along, and nothing else', async () => {
    const text = `architecture: armhf
creation_date: 1
expiry_date: 2
properties: {os: old}
templates:
  /etc/x: {when: [create, copy], template: x.tpl, create_only: yes, properties: {a: b}}
`
    const { metadata } = await describe({ ...plain, properties: { os: 'new' }, text }, NOW)
    expect(metadata).toEqual({
      architecture: 'armv7l',
      createdAt: NOW,
      expiresAt: undefined,
      properties: { os: 'new' },
      templates: {
        '/etc/x': {
          ...{ when: ['create', 'copy'], template: 'x.tpl', createOnly: true },
          properties: { a: 'b' },
        },
      },
    })
  })

  it('has the expiry that it was given', async () => {
    const expiresAt = new Date('2030-01-01T00:00:00Z')
    expect((await describe({ ...plain, expiresAt }, NOW)).metadata.expiresAt).toEqual(expiresAt)
  })

  it('refuses what came along and cannot be read', async () => {
    await expect(describe({ ...plain, text: '[' }, NOW)).rejects.toMatchObject({
      code: 'IMAGE_BAD_METADATA',
    })
  })

  it('is read back as it was meant, whatever the properties are', async () => {
    const value = fc.string({ unit: 'binary', maxLength: 50 })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(value, value), async (given) => {
        const entries = Object.entries(given).filter(
          ([key, text]) => key !== '__proto__' && !`${key}${text}`.includes('\0'),
        )
        const properties = Object.fromEntries(entries)
        const { text } = await describe({ ...plain, properties }, NOW)
        const kept = entries.filter(([, each]) => each !== '')
        expect((await parseMetadata(text)).properties).toEqual(Object.fromEntries(kept))
        expect(text).not.toMatch(/[\x7f-\x9f\u2028\u2029\ufeff]/)
      }),
    )
  })
})
