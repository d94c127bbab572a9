import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGzip } from 'node:zlib'
import { type Pack, pack } from 'tar-stream'

export interface BuiltImage {
  readonly path: string
  /** SHA-256 of the file, which is what LXD names the image by. */
  readonly fingerprint: string
  readonly sizeBytes: number
}

/**
 * Writes a unified image of one static program, Debian's busybox, to `path`: `metadata.yaml` and a `rootfs` whose init asks for an
 * address by DHCP and ends on SIGPWR. Needs no root; the package busybox-static must be installed.
 */
export async function buildBusyboxImage(
  path: string,
  { busybox = '/bin/busybox' }: { readonly busybox?: string } = {},
): Promise<BuiltImage> {
  const program = await readFile(busybox)
  const { stdout } = await promisify(execFile)(busybox, ['--list'])
  const archive = pack()
  fill(archive, { program, applets: stdout.split('\n').filter((name) => name !== '') })
  const measure = measuring()
  await pipeline(archive, createGzip(), measure.through, createWriteStream(path))
  return { path, ...measure.result() }
}

interface Contents {
  readonly program: Buffer
  readonly applets: readonly string[]
}

function fill(archive: Pack, { program, applets }: Contents): void {
  archive.entry({ name: 'metadata.yaml' }, metadata())
  for (const [name, mode] of DIRECTORIES) {
    archive.entry({ name: `rootfs${name}`, type: 'directory', mode })
  }
  archive.entry({ name: 'rootfs/bin/busybox', mode: 0o755 }, program)
  for (const applet of applets) {
    if (applet === 'busybox' || applet === 'init') continue
    archive.entry({ name: `rootfs/bin/${applet}`, type: 'symlink', linkname: 'busybox' })
  }
  for (const [name, mode, text] of FILES) {
    archive.entry({ name: `rootfs${name}`, mode }, text)
  }
  archive.finalize()
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

function metadata(): string {
  return `architecture: ${ARCHITECTURES[process.arch] ?? process.arch}
creation_date: ${Math.floor(Date.now() / 1000)}
properties:
  description: busybox
  os: busybox
  release: static
`
}

const DIRECTORIES: readonly (readonly [name: string, mode: number])[] = [
  ['', 0o755],
  ['/bin', 0o755],
  ['/dev', 0o755],
  ['/etc', 0o755],
  ['/home', 0o755],
  ['/mnt', 0o755],
  ['/proc', 0o555],
  ['/root', 0o700],
  ['/run', 0o755],
  ['/sbin', 0o755],
  ['/sys', 0o555],
  ['/tmp', 0o1777],
  ['/usr', 0o755],
  ['/var', 0o755],
]

// The trap is first: a signal that comes before it is lost. `wait` reaps every orphan, as the first process must.
const INIT = `#!/bin/sh
trap 'exit 0' PWR TERM
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root
[ -s /etc/hostname ] || hostname >/etc/hostname
ip link set lo up
if [ -e /sys/class/net/eth0 ]; then
  udhcpc -f -R -i eth0 -s /etc/udhcpc.script >/dev/null 2>&1 &
fi
while :; do
  sleep 86400 &
  wait $!
done
`

const UDHCPC = `#!/bin/sh
case "$1" in
  deconfig)
    ip addr flush dev "$interface"
    ip link set "$interface" up
    ;;
  bound | renew)
    ip addr replace "$ip/\${mask:-24}" dev "$interface"
    for gateway in $router; do ip route replace default via "$gateway"; done
    : >/etc/resolv.conf
    for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
    ;;
esac
`

const FILES: readonly (readonly [name: string, mode: number, text: string])[] = [
  ['/sbin/init', 0o755, INIT],
  ['/etc/udhcpc.script', 0o755, UDHCPC],
  [
    '/etc/passwd',
    0o644,
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  ],
  ['/etc/group', 0o644, 'root:x:0:\nnogroup:x:65534:\n'],
  ['/etc/hosts', 0o644, '127.0.0.1 localhost\n::1 localhost\n'],
  ['/etc/os-release', 0o644, 'ID=busybox\nNAME=busybox\nPRETTY_NAME="busybox"\n'],
]

function measuring() {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      sizeBytes += chunk.length
      done(null, chunk)
    },
  })
  return { through, result: () => ({ fingerprint: hash.digest('hex'), sizeBytes }) }
}
