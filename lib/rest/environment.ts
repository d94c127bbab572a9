import { readFile } from 'node:fs/promises'
import { arch, hostname, machine, release } from 'node:os'
import { liblxc } from '../../bindings/liblxc/index.ts'
import { errorMessage } from '../core/errors.ts'
import type { Host } from '../host/contract.ts'
import { kernelFeatures } from './kernel-features.ts'

/** What `GET /1.0` tells of the machine and the server. */
export interface Environment {
  read(host: Host): Promise<Readonly<Record<string, unknown>>>
}

const SPECIFICATION = '5.2'
const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ['x86_64', 'i686'],
  arm64: ['aarch64', 'armv7l'],
  arm: ['armv7l'],
  ppc64: ['ppc64le'],
  s390x: ['s390x'],
  riscv64: ['riscv64'],
}
const LXC_FEATURES = [
  'cgroup2',
  'core_scheduling',
  'devpts_fd',
  'idmapped_mounts_v2',
  'mount_injection_file',
  'network_gateway_device_route',
  'network_ipvlan',
  'network_l2proxy',
  'network_phys_macvlan_mtu',
  'network_veth_router',
  'pidfd',
  'seccomp_allow_deny_syntax',
  'seccomp_notify',
  'seccomp_proxy_send_notify_fd',
]

/** The parts that do not change are read once, when first asked for. */
export function serverEnvironment(access: Host['access']): Environment {
  let fixed: Promise<Readonly<Record<string, unknown>>> | undefined
  return {
    read: async (host) => {
      fixed ??= fixedPart()
      const [before, storage, shown] = await Promise.all([
        fixed,
        storagePart(host),
        networkPart(access),
      ])
      return {
        ...shown,
        ...before,
        project: host.project,
        ...serverPart(),
        ...storage,
      }
    },
  }
}

/** A certificate that cannot be used is no reason to say nothing of the rest. */
async function networkPart(access: Host['access']) {
  const [addresses, shown] = await Promise.all([
    access.addresses(),
    access.serverCertificate().catch(() => undefined),
  ])
  return {
    addresses,
    certificate: shown?.certificate ?? '',
    certificate_fingerprint: shown?.fingerprint ?? '',
  }
}

async function fixedPart(): Promise<Readonly<Record<string, unknown>>> {
  const [os, filesystems, seccompActions] = await Promise.all([
    osRelease(),
    textOf('/proc/filesystems'),
    textOf('/proc/sys/kernel/seccomp/actions_avail'),
  ])
  return {
    architectures: ARCHITECTURES[arch()] ?? [machine()],
    ...driverPart(),
    firewall: 'nftables',
    kernel: 'Linux',
    kernel_architecture: machine(),
    kernel_features: kernelFeatures({ release: release(), filesystems, seccompActions }),
    kernel_version: release(),
    os_name: os.NAME ?? '',
    os_version: os.VERSION_ID ?? '',
  }
}

function driverPart() {
  try {
    const native = liblxc()
    const features = LXC_FEATURES.map((name) => [name, String(native.hasApiExtension(name))])
    return {
      driver: 'lxc',
      driver_version: native.version,
      lxc_features: Object.fromEntries(features),
    }
  } catch (error) {
    return { driver: '', driver_version: errorMessage(error), lxc_features: {} }
  }
}

function serverPart() {
  return {
    server: 'lxd',
    server_clustered: false,
    server_event_mode: 'full-mesh',
    server_name: hostname(),
    server_pid: process.pid,
    server_version: SPECIFICATION,
  }
}

async function storagePart(host: Host) {
  const [pools, probes] = await Promise.all([host.storage.list(), host.storage.probe()])
  const used = [...new Set(pools.map(({ driver }) => driver))]
  const usable = probes.filter(({ available }) => available)
  return {
    storage: used.join(' | '),
    storage_version: used.map(() => '1').join(' | '),
    storage_supported_drivers: usable.map(({ driver }) => ({
      Name: driver,
      Version: '1',
      Remote: false,
    })),
  }
}

async function osRelease(): Promise<Readonly<Record<string, string>>> {
  const text = await textOf('/etc/os-release')
  const lines = text.matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm)
  return Object.fromEntries([...lines].map(([, key = '', value = '']) => [key, value]))
}

/** Empty where there is no such file. */
function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
