import type { ProfileRecord, ProjectRecord, ProjectUsage } from '../../projects/contract.ts'

export function profileWire(record: ProfileRecord): Readonly<Record<string, unknown>> {
  return {
    config: record.config,
    description: record.description,
    devices: record.devices,
    name: record.name,
    used_by: record.usedBy,
  }
}

export function editableProfile({ config, description, devices }: ProfileRecord): unknown {
  return [config, description, devices]
}

export function projectWire(record: ProjectRecord): Readonly<Record<string, unknown>> {
  return {
    config: record.config,
    description: record.description,
    name: record.name,
    used_by: record.usedBy,
  }
}

export function editableProject({ config, description }: ProjectRecord): unknown {
  return [config, description]
}

/** The wire has capital letters here, and -1 for no limit. */
export function usageWire(usage: ProjectUsage): Readonly<Record<string, unknown>> {
  const resources = Object.entries(usage).map(([resource, { limit = -1, usage: used }]) => [
    resource,
    { Limit: limit, Usage: used },
  ])
  return { resources: Object.fromEntries(resources) }
}
