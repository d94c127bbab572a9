import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Helper, startHelper } from '../../bindings/helper/index.ts'
import { linux } from '../../bindings/linux/index.ts'
import { KernelConfinedPaths } from '../../lib/core/confined.ts'
import { parseMetadata } from '../../lib/images/index.ts'
import { instanceFilesOf } from '../../lib/instances/files.ts'
import { applyTemplates } from '../../lib/instances/templates/apply.ts'
import { openGround } from './outside.ts'

const HEAD = 'architecture: x86_64\ncreation_date: 1700000000\n'

const ground = openGround()
const { outside } = ground
const volume = `${ground.base}/volume`
const confined = new KernelConfinedPaths(linux)

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
  await mkdir(`${volume}/rootfs/etc`, { recursive: true })
  await mkdir(`${volume}/templates`)
  await metadata('/etc/made')
  await writeFile(`${volume}/templates/t.tpl`, 'made {{ config_get("x", "") }}')
})

function metadata(target: string, template = 't.tpl', more = {}): Promise<void> {
  const templates = { [target]: { when: ['start'], template, ...more } }
  return writeFile(`${volume}/metadata.yaml`, `${HEAD}templates: ${JSON.stringify(templates)}\n`)
}

const apply = (): Promise<void> =>
  applyTemplates(
    { triggers: ['start'], instance: { name: 'c1' }, config: { x: 'y' }, devices: {} },
    {
      volume,
      confined,
      images: { parseMetadata },
      files: instanceFilesOf({
        helper: async () => helper,
        linux: linux(),
        root: async () => ({ path: `${volume}/rootfs` }),
      }),
    },
  )

/** What is outside stays, and nothing of it gets in. */
async function harmless(work: () => Promise<unknown>): Promise<void> {
  const before = await ground.snapshot()
  await work()
  expect(await ground.snapshot()).toEqual(before)
  for (const path of await readdir(`${volume}/rootfs`, { recursive: true, withFileTypes: true })) {
    if (!path.isFile()) continue
    expect(await readFile(`${path.parentPath}/${path.name}`, 'utf8')).not.toContain('canary')
  }
}

const refused = (code: string): Promise<void> =>
  harmless(() => expect(apply()).rejects.toMatchObject({ code }))

const made = (path: string): Promise<string> => readFile(`${volume}/rootfs${path}`, 'utf8')

const up = `${'../'.repeat(20)}${outside.slice(1)}`

describe('the target of a template', () => {
  it.each([`../../${outside}/new`, `/${up}/new`, '/etc/../../x', '/', '', '/etc/', 'a\nb', '..'])(
    'is refused when it is %j',
    async (target) => {
      await metadata(target)
      await refused('INSTANCE_BAD_TEMPLATE_TARGET')
    },
  )

  it('is taken as one of the instance, absolute or not', async () => {
    await metadata(`${outside}/secret`)
    await harmless(apply)
    expect(await made(`${outside}/secret`)).toBe('made y')
    await metadata('etc//./relative')
    await harmless(apply)
    expect(await made('/etc/relative')).toBe('made y')
  })

  it.each([
    ['a link of the root to a directory outside', '/l/secret', outside],
    ['a link of the root upwards', '/l/secret', up],
    ['a link to a file outside', '/l', `${outside}/secret`],
    ['a dangling link to outside', '/l', `${outside}/new`],
    ['a link to the root of the host', `/l${outside}/secret`, '/'],
  ])('stays in the instance over %s', async (_, target, to) => {
    await symlink(to, `${volume}/rootfs/l`)
    await metadata(target)
    await harmless(() =>
      apply().catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'INSTANCE_TEMPLATE_NOT_WRITTEN' })
      }),
    )
  })

  it('may be a link that leads on inside, as /etc/resolv.conf often is', async () => {
    await mkdir(`${volume}/rootfs/run`)
    await symlink('../run/made', `${volume}/rootfs/etc/made`)
    await apply()
    expect(await made('/run/made')).toBe('made y')
  })

  it('stays as it is when it is only to be created, also a link that leads nowhere', async () => {
    await symlink(`${outside}/new`, `${volume}/rootfs/etc/made`)
    await metadata('/etc/made', 't.tpl', { create_only: true })
    await harmless(apply)
  })

  it('is refused, and nothing waits, when it is a fifo or a directory', async () => {
    execFileSync('mkfifo', [`${volume}/rootfs/etc/made`])
    await refused('INSTANCE_TEMPLATE_NOT_WRITTEN')
    await metadata('/etc')
    await refused('INSTANCE_TEMPLATE_NOT_WRITTEN')
  })

  it('is refused when a root of the instance is a link', async () => {
    await rm(`${volume}/rootfs`, { recursive: true })
    await symlink(outside, `${volume}/rootfs`)
    const before = await ground.snapshot()
    await expect(apply()).rejects.toMatchObject({ code: 'INSTANCE_TEMPLATE_NOT_WRITTEN' })
    expect(await ground.snapshot()).toEqual(before)
  })
})

describe('the text of a template', () => {
  it.each([`../../${up}/secret`, `${outside}/secret`, '../metadata.yaml', '..', '.', '', 'a\0b'])(
    'is refused when its name is %j',
    async (name) => {
      await metadata('/etc/made', name)
      await refused(name.includes('\0') ? 'IMAGE_BAD_METADATA' : 'CORE_UNSAFE_NAME')
    },
  )

  it.each([
    ['the template is a link to a file outside', 'templates/l.tpl', `${outside}/secret`],
    ['the template is a link to a file of the host', 'templates/l.tpl', '/etc/passwd'],
    ['the template is a link to another', 'templates/l.tpl', 't.tpl'],
  ])('is refused when %s', async (_, path, to) => {
    await symlink(to, `${volume}/${path}`)
    await metadata('/etc/made', 'l.tpl')
    await refused('CORE_NOT_A_FILE')
  })

  it('is refused when the templates lie behind a link', async () => {
    await rm(`${volume}/templates`, { recursive: true })
    await symlink(outside, `${volume}/templates`)
    await metadata('/etc/made', 'secret')
    await refused('CORE_PATH_ESCAPES')
  })

  it('is refused, and nothing waits, when it is a fifo or a directory', async () => {
    execFileSync('mkfifo', [`${volume}/templates/fifo`])
    await metadata('/etc/made', 'fifo')
    await refused('CORE_NOT_A_FILE')
    await mkdir(`${volume}/templates/dir`)
    await metadata('/etc/made', 'dir')
    await refused('CORE_NOT_A_FILE')
  })

  it('is refused when it is not there', async () => {
    await metadata('/etc/made', 'other.tpl')
    await refused('INSTANCE_TEMPLATE_NOT_FOUND')
  })

  it.each([
    ['{% include "/etc/passwd" %}', 'INSTANCE_TEMPLATE_UNSUPPORTED'],
    ['{% ssi "/etc/passwd" %}', 'INSTANCE_TEMPLATE_UNSUPPORTED'],
    ['{% extends "t.tpl" %}', 'INSTANCE_TEMPLATE_UNSUPPORTED'],
    ['{% import "t.tpl" a %}', 'INSTANCE_TEMPLATE_UNSUPPORTED'],
    ['{{ "x"|exec:"id" }}', 'INSTANCE_TEMPLATE_UNSUPPORTED'],
    ['{% if 1 %}'.repeat(1_000), 'INSTANCE_TEMPLATE_TOO_COSTLY'],
    ['{{ "x"|ljust:10485760 }}', 'INSTANCE_TEMPLATE_TOO_COSTLY'],
    ['x'.repeat(200_000), 'INSTANCE_TEMPLATE_TOO_COSTLY'],
    ['{{ x', 'INSTANCE_BAD_TEMPLATE'],
  ])('is refused before anything is written: %.20s', async (text, code) => {
    await writeFile(`${volume}/templates/t.tpl`, text)
    await refused(code)
    expect(await readdir(`${volume}/rootfs/etc`)).toEqual([])
  })
})

describe('the metadata', () => {
  it.each([
    [
      'a link to a file outside',
      () => symlink(`${outside}/secret`, `${volume}/metadata.yaml`),
      'CORE_NOT_A_FILE',
    ],
    [
      'a link to a file inside',
      () => symlink('templates/t.tpl', `${volume}/metadata.yaml`),
      'CORE_NOT_A_FILE',
    ],
    [
      'a fifo',
      async () => void execFileSync('mkfifo', [`${volume}/metadata.yaml`]),
      'CORE_NOT_A_FILE',
    ],
    ['a directory', () => mkdir(`${volume}/metadata.yaml`), 'CORE_NOT_A_FILE'],
    [
      'text that is no YAML',
      () => writeFile(`${volume}/metadata.yaml`, `${HEAD}templates: {`),
      'IMAGE_BAD_METADATA',
    ],
    [
      'too large',
      () => writeFile(`${volume}/metadata.yaml`, `${HEAD}#templates ${'x'.repeat(300_000)}`),
      'IMAGE_BAD_METADATA',
    ],
    [
      'with a template that is nothing',
      () => writeFile(`${volume}/metadata.yaml`, `${HEAD}templates: {/a: }`),
      'IMAGE_BAD_METADATA',
    ],
  ])('is refused when it is %s', async (_, lay, code) => {
    await rm(`${volume}/metadata.yaml`)
    await lay()
    await refused(code)
  })

  it('may be missing', async () => {
    await rm(`${volume}/metadata.yaml`)
    await harmless(apply)
  })
})
