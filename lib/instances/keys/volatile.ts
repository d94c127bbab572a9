import type { KeyTable } from '../../core/config.ts'
import { boolean, integer, oneOf, text, uuid } from '../../core/value-types.ts'

/** What the library itself keeps with an instance. Clients send it back as they read it. */
export const volatileKeys = {
  'volatile.apply_template': {
    type: text,
    description: 'Template trigger to run at next start',
    live: 'n/a',
    internal: true,
  },
  'volatile.apply_nvram': {
    type: text,
    description: 'Whether to regenerate VM NVRAM at next start',
    live: 'n/a',
    internal: true,
  },
  'volatile.base_image': {
    type: text,
    description: 'Fingerprint of the image the instance came from',
    live: 'n/a',
    internal: true,
  },
  'volatile.cloud-init.instance-id': {
    type: uuid,
    description: 'instance-id (UUID) given to cloud-init',
    live: 'n/a',
    internal: true,
  },
  'volatile.evacuate.origin': {
    type: text,
    description: 'Cluster member the instance was evacuated from',
    live: 'n/a',
    extensions: ['clustering_evacuation'],
    internal: true,
  },
  'volatile.idmap.base': {
    type: integer,
    description:
      'First host id of the primary map; 0 for an instance that shares the range of the host',
    live: 'n/a',
    internal: true,
  },
  'volatile.idmap.current': {
    type: text,
    description: 'Map currently used by the kernel',
    live: 'n/a',
    extensions: ['id_map_current'],
    internal: true,
  },
  'volatile.idmap.next': {
    type: text,
    description: 'Map to use at next start; JSON list of {Isuid, Isgid, Hostid, Nsid, Maprange}',
    live: 'n/a',
    internal: true,
  },
  'volatile.last_state.idmap': {
    type: text,
    description: 'Serialised on-disk map; the same JSON, [] where nothing on disk is shifted',
    live: 'n/a',
    internal: true,
  },
  'volatile.last_state.power': {
    type: oneOf(['RUNNING', 'STOPPED']),
    description: 'Power state at last host shutdown',
    live: 'n/a',
    internal: true,
  },
  'volatile.last_state.exit_code': {
    type: integer,
    description:
      'What the command of an application container ended with the last time; 9 after a forced stop (beyond LXD 5.2)',
    live: 'n/a',
    internal: true,
  },
  'volatile.container.oci': {
    type: boolean,
    description: 'Whether the container runs one application (beyond LXD 5.2, as in Incus)',
    live: 'n/a',
    internal: true,
  },
  'volatile.vsock_id': {
    type: text,
    description: 'vsock ID used at last start',
    live: 'n/a',
    internal: true,
  },
  'volatile.uuid': {
    type: uuid,
    description: 'UUID unique over all servers and projects',
    live: 'n/a',
    internal: true,
  },
  'volatile.apply_quota': {
    type: text,
    description: 'Quota to apply to the root disk at the next start',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.apply_quota': {
    type: text,
    description: 'Disk quota to apply at next start',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.ceph_rbd': {
    type: text,
    description: 'RBD device path of a Ceph disk device',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.host_name': {
    type: text,
    description: 'Host side network interface name',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.hwaddr': {
    type: text,
    description: 'Generated MAC when the device sets none',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.last_state.created': {
    type: text,
    description: '"true"/"false": whether the physical network device had to be created',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.last_state.mtu': {
    type: text,
    description: 'Original MTU of a physical device moved into the instance',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.last_state.hwaddr': {
    type: text,
    description: 'Original MAC of a physical device moved into the instance',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.last_state.vf.id': {
    type: text,
    description: 'SR-IOV virtual function: ID when moved into the instance',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.last_state.vf.hwaddr': {
    type: text,
    description: 'SR-IOV virtual function: original MAC when moved into the instance',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.last_state.vf.vlan': {
    type: text,
    description: 'SR-IOV virtual function: original VLAN when moved into the instance',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.last_state.vf.spoofcheck': {
    type: text,
    description:
      'SR-IOV virtual function: original spoof check setting when moved into the instance',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.name': {
    type: text,
    description: 'Interface name inside the container when the NIC has no name property',
    live: 'n/a',
    only: 'container',
    internal: true,
  },
  'volatile.*.id': {
    type: text,
    description: 'Id of the virtual function or card given to the instance',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.vgpu.uuid': {
    type: text,
    description: 'UUID of the virtual GPU created for an mdev GPU',
    live: 'n/a',
    only: 'virtual-machine',
    internal: true,
  },
  'volatile.*.last_state.vf.parent': {
    type: text,
    description: 'Parent interface of the SR-IOV virtual function in use',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.last_state.pci.slot.name': {
    type: text,
    description: 'PCI slot of the device passed through',
    live: 'n/a',
    internal: true,
  },
  'volatile.*.last_state.pci.driver': {
    type: text,
    description: 'Host driver of the PCI device before it was passed through',
    live: 'n/a',
    internal: true,
  },
} as const satisfies KeyTable
