import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Helper, startHelper } from '../../bindings/helper/index.ts'
import { linux } from '../../bindings/linux/index.ts'
import { KernelConfinedPaths } from '../../lib/core/confined.ts'
import { HostFiles } from '../../lib/core/host/files.ts'
import { parseMetadata, writeMetadata } from '../../lib/images/index.ts'
import { instanceFilesOf } from '../../lib/instances/files.ts'
import { instanceMetadata, instanceTemplates } from '../../lib/instances/image-documents.ts'
import { openGround } from './outside.ts'

const HEAD = 'architecture: x86_64\ncreation_date: 1700000000\n'

const ground = openGround()
const { outside } = ground
const volume = `${ground.base}/volume`
const confined = new KernelConfinedPaths(linux)
const up = `${'../'.repeat(20)}${outside.slice(1)}`

let helper: Helper

beforeAll(async () => {
  helper = await startHelper()
})

afterAll(async () => {
  await helper.close()
  await ground.remove()
})

beforeEach(async () => {
  await rm(volume, { recursive: true, force: true })
  await mkdir(`${volume}/templates`, { recursive: true })
  await writeFile(`${volume}/metadata.yaml`, HEAD)
  await writeFile(`${volume}/templates/t.tpl`, 'text')
})

/** What is outside stays. */
async function harmless(work: () => Promise<unknown>): Promise<void> {
  const before = await ground.snapshot()
  await work()
  expect(await ground.snapshot()).toEqual(before)
}

describe('the templates that a client names', () => {
  const documents = () => {
    const below = (path: string) =>
      instanceFilesOf({
        ...{ helper: async () => helper, linux: linux() },
        root: async () => ({ path }),
      })
    return instanceTemplates({
      ...{ below, confined, files: new HostFiles(), images: { parseMetadata, writeMetadata } },
      volume: async () => volume,
      alone: (work) => work(),
    })
  }

  it.each([`${up}/secret`, `${outside}/secret`, '../metadata.yaml', '..', '.', '', 'a/b', 'a\0b'])(
    'are refused when one is %j',
    async (name) => {
      const templates = documents()
      await harmless(async () => {
        for (const work of [
          () => templates.read(name),
          () => templates.write(name, 'evil'),
          () => templates.delete(name),
        ])
          await expect(work()).rejects.toMatchObject({ kind: 'invalid', code: 'CORE_UNSAFE_NAME' })
      })
    },
  )

  it('are nowhere else when their directory is a link', async () => {
    await rm(`${volume}/templates`, { recursive: true })
    await symlink(outside, `${volume}/templates`)
    const templates = documents()
    await harmless(async () => {
      expect(await templates.list()).toEqual([])
      for (const work of [
        () => templates.read('secret'),
        () => templates.write('secret', 'evil'),
        () => templates.write('new', 'evil'),
        () => templates.delete('secret'),
      ])
        await expect(work()).rejects.toMatchObject({
          kind: expect.stringMatching(/^(invalid|notFound)$/),
        })
    })
  })

  it('are nowhere else when one is a link', async () => {
    await symlink(`${outside}/secret`, `${volume}/templates/l.tpl`)
    const templates = documents()
    await harmless(async () => {
      expect(await templates.list()).toEqual(['t.tpl'])
      await expect(templates.read('l.tpl')).rejects.toMatchObject({ code: 'CORE_NOT_A_FILE' })
      await templates.write('l.tpl', 'evil').catch(() => undefined)
      await templates.delete('l.tpl')
    })
  })
})

describe('the metadata that a client sends', () => {
  it('takes the place of a link, and leaves alone what that leads to', async () => {
    await rm(`${volume}/metadata.yaml`)
    await symlink(`${outside}/secret`, `${volume}/metadata.yaml`)
    const metadata = instanceMetadata({
      ...{ confined, files: new HostFiles(), images: { parseMetadata, writeMetadata } },
      below: () => expect.unreachable(),
      volume: async () => volume,
      alone: (work) => work(),
    })
    await harmless(async () => {
      await expect(metadata.read()).rejects.toMatchObject({ code: 'CORE_NOT_A_FILE' })
      await metadata.write(await parseMetadata(HEAD))
      expect(await metadata.read()).toMatchObject({ architecture: 'x86_64' })
    })
  })
})
