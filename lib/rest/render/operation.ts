import { OPERATION_CODES, type OperationRecord } from '../../core/operation.ts'
import { wireTime } from '../urls.ts'

/** `fds` are the secrets of its websockets, for whom they were made and nobody else. */
export function operationWire(
  record: OperationRecord,
  fds?: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  return {
    id: record.id,
    class: record.class,
    description: record.description,
    created_at: wireTime(record.createdAt),
    updated_at: wireTime(record.updatedAt),
    status: record.status,
    status_code: OPERATION_CODES[record.status],
    resources: resources(record),
    metadata: fds ? { ...record.metadata, fds } : (record.metadata ?? null),
    may_cancel: record.mayCancel,
    err: record.error ?? '',
    location: 'none',
  }
}

function resources({ resources: own, project }: OperationRecord) {
  if (Object.keys(own).length === 0) return null
  if (project === 'default') return own
  const qualified = (url: string): string =>
    url.includes('?') ? url : `${url}?project=${encodeURIComponent(project)}`
  return Object.fromEntries(Object.entries(own).map(([kind, urls]) => [kind, urls.map(qualified)]))
}
