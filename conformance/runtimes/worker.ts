import { smoke } from './smoke.ts'

// oxlint-disable-next-line import/no-default-export -- the form that Workers have
export default {
  fetch: async (): Promise<Response> => Response.json(await smoke()),
}
