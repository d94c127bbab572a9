import { execFile } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildBusyboxImage } from '../../examples/busybox-image.ts'

const run = promisify(execFile)

export interface TemplateImage {
  /** Of metadata.yaml. */
  readonly templates: Readonly<Record<string, unknown>>
  /** Files of the directory `templates`. */
  readonly sources: Readonly<Record<string, string>>
}

/** Packs a busybox image with these templates, and gives its tarball to `use`. */
export async function withTemplateImage<T>(
  { templates, sources }: TemplateImage,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp('/var/tmp/lxworks-image-')
  try {
    await buildBusyboxImage(directory)
    await appendFile(join(directory, 'metadata.yaml'), `templates: ${JSON.stringify(templates)}\n`)
    await mkdir(join(directory, 'templates'))
    for (const [name, text] of Object.entries(sources))
      await writeFile(join(directory, 'templates', name), text)
    const archive = join(directory, 'with-templates.tar.gz')
    const what = ['metadata.yaml', 'templates', 'rootfs']
    const owner = ['--numeric-owner', '--owner=0', '--group=0']
    await run('tar', [...owner, '-C', directory, '-czf', archive, ...what])
    return await use(archive)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const SEED = '/var/lib/cloud/seed/nocloud-net'
const FIRST = { when: ['create', 'copy'], create_only: false }

/** As Ubuntu's images have them. */
export const UBUNTU: TemplateImage = {
  templates: {
    '/etc/hostname': { when: ['create', 'copy', 'rename'], template: 'hostname.tpl' },
    [`${SEED}/meta-data`]: { ...FIRST, template: 'cloud-init-meta.tpl' },
    [`${SEED}/network-config`]: { ...FIRST, template: 'cloud-init-network.tpl' },
    [`${SEED}/user-data`]: {
      ...FIRST,
      template: 'cloud-init-user.tpl',
      properties: { default: '#cloud-config\n{}\n' },
    },
    [`${SEED}/vendor-data`]: {
      ...FIRST,
      template: 'cloud-init-vendor.tpl',
      properties: { default: '#cloud-config\n{}\n' },
    },
    '/run/started': { when: ['start'], template: 'started.tpl' },
    '/etc/once': { when: ['create', 'start'], template: 'started.tpl', create_only: true },
  },
  sources: {
    'hostname.tpl': '{{ container.name }}\n',
    'cloud-init-meta.tpl':
      '#cloud-config\ninstance-id: {{ container.name }}\nlocal-hostname: {{ container.name }}\n{{ config_get("user.meta-data", "") }}\n',
    'cloud-init-network.tpl':
      '{% if config_get("user.network-config", "") == "" %}version: 1\nconfig:\n  - type: physical\n    name: {% if instance.type == "virtual-machine" %}enp5s0{% else %}eth0{% endif %}\n{% else %}{{ config_get("user.network-config", "") }}{% endif %}',
    'cloud-init-user.tpl': '{{ config_get("cloud-init.user-data", properties.default) }}',
    'cloud-init-vendor.tpl': '{{ config_get("cloud-init.vendor-data", properties.default) }}',
    'started.tpl': '{{ trigger }} {{ path }} {{ instance.privileged }} {{ devices.root.pool }}',
  },
}
