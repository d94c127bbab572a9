import { execFile } from 'node:child_process'
import { chmod, copyFile, link, mkdir, writeFile } from 'node:fs/promises'
import { machine } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The smallest init: brings the network up, reaps what is orphaned, and leaves when it is asked to power off. */
const INIT = `#!/bin/busybox sh
trap 'exit 0' PWR TERM
trap '' HUP
/bin/busybox ip link set lo up
[ -e /sys/class/net/eth0 ] && /bin/busybox udhcpc -b -i eth0 -s /etc/udhcpc.sh >/dev/null 2>&1 &
while :; do /bin/busybox sleep 3600 & wait $!; done
`

/** Takes a lease into use. */
const UDHCPC = `#!/bin/busybox sh
PATH=/bin
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
[ -n "$router" ] && ip route add default via "\${router%% *}"
[ -n "$dns" ] && for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
:
`

/** Builds a container image of Debian's package busybox-static below \`directory\`, as a unified tarball and as a split pair. */
export async function buildBusyboxImage(
  directory: string,
): Promise<{ readonly unified: string; readonly metadata: string; readonly rootfs: string }> {
  const root = join(directory, 'rootfs')
  for (const name of [
    'bin',
    'dev',
    'etc',
    'proc',
    'root',
    'run',
    'sbin',
    'sys',
    'tmp',
    'usr/bin',
    'var',
  ]) {
    await mkdir(join(root, name), { recursive: true })
  }
  await chmod(join(root, 'tmp'), 0o1777)
  await copyFile('/bin/busybox', join(root, 'bin/busybox'))
  const { stdout } = await run('/bin/busybox', ['--list'])
  const applets = stdout
    .split('\n')
    .filter((name) => name !== '' && name !== 'busybox' && name !== 'init')
  // As `busybox --install` does it: one inode whatever the number of names.
  for (const name of applets) await link(join(root, 'bin/busybox'), join(root, 'bin', name))
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  )
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
  await writeFile(join(root, 'etc/udhcpc.sh'), UDHCPC, { mode: 0o755 })
  await writeFile(join(root, 'sbin/init'), INIT, { mode: 0o755 })
  await writeFile(join(directory, 'metadata.yaml'), metadata())
  const paths = {
    unified: join(directory, 'busybox.tar.gz'),
    metadata: join(directory, 'metadata.tar.gz'),
    rootfs: join(directory, 'rootfs.tar.gz'),
  }
  const pack = (archive: string, from: string, what: readonly string[]) =>
    run('tar', ['--numeric-owner', '--owner=0', '--group=0', '-C', from, '-czf', archive, ...what])
  await pack(paths.unified, directory, ['metadata.yaml', 'rootfs'])
  await pack(paths.metadata, directory, ['metadata.yaml'])
  await pack(paths.rootfs, root, ['.'])
  return paths
}

function metadata(): string {
  return [
    `architecture: ${machine()}`,
    `creation_date: ${Math.floor(Date.now() / 1000)}`,
    'properties:',
    '  description: busybox of Debian',
    '  name: busybox',
    '  os: busybox',
    '',
  ].join('\n')
}
