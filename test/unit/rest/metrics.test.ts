import { describe, expect, it } from 'vitest'
import type { MetricSample } from '../../../lib/instances/contract.ts'
import { served } from './client.ts'
import { parseOpenMetrics } from './openmetrics.ts'

const sample = (project: string, instance: string): MetricSample => ({
  ...{ project, instance, type: 'container' },
  metric: 'cpu_seconds_total',
  labels: { cpu: '0', mode: 'user' },
  value: 1.5,
})

const SAMPLES = [sample('default', 'c2'), sample('blue', 'c1'), sample('default', 'c1')]

describe('GET /1.0/metrics', () => {
  it('writes the samples of all projects as text, in an order that does not change', async () => {
    await using api = await served()
    api.host.samples.push(...SAMPLES)
    const { status, headers, text } = await api.ask('GET', '/1.0/metrics')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text.split('\n')).toEqual([
      '# HELP lxd_cpu_seconds_total Processor time used, in seconds.',
      '# TYPE lxd_cpu_seconds_total counter',
      'lxd_cpu_seconds_total{cpu="0",mode="user",name="c1",project="blue",type="container"} 1.5',
      'lxd_cpu_seconds_total{cpu="0",mode="user",name="c1",project="default",type="container"} 1.5',
      'lxd_cpu_seconds_total{cpu="0",mode="user",name="c2",project="default",type="container"} 1.5',
      '# EOF',
      '',
    ])
  })

  it('is restricted by a project, and empty for one that has nothing', async () => {
    await using api = await served()
    api.host.samples.push(...SAMPLES)
    const ofDefault = (await api.ask('GET', '/1.0/metrics?project=default')).text
    expect(ofDefault.match(/^lxd_cpu/gm)).toHaveLength(2)
    expect(ofDefault).not.toContain('project="blue"')
    expect((await api.ask('GET', '/1.0/metrics?project=nosuch')).text).toBe('# EOF\n')
  })

  it('is OpenMetrics for a client that asks for it, as Prometheus does', async () => {
    await using api = await served()
    api.host.samples.push(...SAMPLES)
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3'
    const { headers, text } = await api.ask('GET', '/1.0/metrics', { headers: { accept } })
    expect(headers['content-type']).toMatch(/^application\/openmetrics-text; version=1\.0\.0;/)
    const [family, ...others] = parseOpenMetrics(text)
    expect(others).toEqual([])
    expect(family).toMatchObject({ name: 'lxd_cpu_seconds', kind: 'counter' })
    expect(family?.samples).toHaveLength(3)
  })
})
