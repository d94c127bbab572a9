import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { machine } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const RELEASE = 'bookworm'
/** networkd waits for udev where /sys can be written, as in an unprivileged container. */
const PACKAGES = ['systemd-sysv', 'udev', 'dbus', 'iproute2', 'procps']

const NETWORK = `[Match]
Name=eth0

[Network]
DHCP=ipv4
`

/** Makes a Debian system with debootstrap below \`directory\`, ready to boot in a container, and packs it as a unified tarball. */
export async function buildDebianImage(directory: string): Promise<string> {
  const root = join(directory, 'rootfs')
  const archive = join(directory, 'debian.tar.zst')
  const mirror = await debianMirror()
  await run(
    'debootstrap',
    [
      '--variant=minbase',
      `--include=${PACKAGES.join(',')}`,
      RELEASE,
      root,
      ...(mirror === undefined ? [] : [mirror]),
    ],
    { maxBuffer: 64 * 1024 ** 2 },
  )
  await rm(join(root, 'etc/machine-id'), { force: true })
  await writeFile(join(root, 'etc/machine-id'), '')
  await writeFile(join(root, 'etc/hostname'), 'debian\n')
  await writeFile(join(root, 'etc/systemd/network/eth0.network'), NETWORK)
  await run('chroot', [root, 'systemctl', 'enable', 'systemd-networkd'])
  await run('chroot', [root, 'systemctl', 'mask', 'systemd-networkd-wait-online.service'])
  for (const empty of ['var/cache/apt/archives', 'var/lib/apt/lists', 'dev']) {
    await rm(join(root, empty), { recursive: true, force: true })
    await mkdir(join(root, empty), { recursive: true })
  }
  await writeFile(join(directory, 'metadata.yaml'), metadata())
  await run('tar', [
    '--numeric-owner',
    '--xattrs',
    '--xattrs-include=*',
    '-C',
    directory,
    '--zstd',
    '-cf',
    archive,
    'metadata.yaml',
    'rootfs',
  ])
  await rm(root, { recursive: true, force: true })
  return archive
}

/** The mirror that this machine's own apt uses for Debian, when it can be told; debootstrap's default otherwise. */
async function debianMirror(): Promise<string | undefined> {
  const parts = await readdir('/etc/apt/sources.list.d').catch(() => [])
  const files = ['/etc/apt/sources.list', ...parts.map((name) => `/etc/apt/sources.list.d/${name}`)]
  const texts = await Promise.all(files.map((path) => readFile(path, 'utf8').catch(() => '')))
  return texts.join('\n').match(/https?:\/\/[^\s]+\/debian(?=\/?\s|\/?$)/m)?.[0]
}

function metadata(): string {
  return [
    `architecture: ${machine()}`,
    `creation_date: ${Math.floor(Date.now() / 1000)}`,
    'properties:',
    '  description: Debian 12 made by debootstrap',
    '  name: debian-12',
    '  os: Debian',
    `  release: ${RELEASE}`,
    '',
  ].join('\n')
}
