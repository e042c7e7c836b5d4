/** What a person does on the pages of a request: looks, signs in, agrees, refuses, switches. */
import type { Answer } from 'countersign'
import type { AuthorizationCall } from '../authorization/call.ts'
import type { Form } from '../http/form.ts'
import { isFormToken } from '../sessions/forms.ts'
import { readSession } from '../sessions/read.ts'
import { backTo, forged } from './answers.ts'
import { standingIn } from './begin.ts'
import type { Interaction } from './interaction.ts'
import { notePlace } from './place.ts'
import { repeatAnswer, settleWithCode, settleWithError } from './settle.ts'
import { consentPurpose, showConsent } from './show.ts'
import { showSignIn, takeSignIn } from './sign-in.ts'
import type { Standing } from './standing.ts'

/** Shows what a request needs next, or ends it where nothing is missing. */
export async function showNext(call: AuthorizationCall, interaction: Interaction): Promise<Answer> {
  if (interaction.record.consumedAt !== null) return repeatAnswer(call, interaction)
  const standing = await standingOfInteraction(call, interaction)
  switch (standing.kind) {
    case 'sign-in': {
      const { loginHint } = interaction.asked.request
      const username = interaction.data.switching ? undefined : loginHint
      const client = interaction.asked.client.principal.name
      return showSignIn(call, interaction, { again: standing.again, username, client })
    }
    case 'consent':
      return showConsent(call, interaction, standing)
    case 'ready':
      return settleWithCode(call, interaction, { granted: standing.granted, agreed: false })
    case 'refused':
      return settleWithError(call, interaction, standing)
    default:
      return standing satisfies never
  }
}

/** Takes the form of a page. Each form proves itself by a token of its own purpose. */
export async function takeForm(
  call: AuthorizationCall,
  interaction: Interaction,
  form: Form,
): Promise<Answer> {
  if (form.get('decision') !== undefined) return takeDecision(call, interaction, form)
  return takeSignIn(call, interaction, { form, client: interaction.asked.client.principal.name })
}

/**
 * Allow, deny or switch. Whoever is not signed in any more, or as somebody else, has no token that
 * fits, and nobody agrees for another.
 */
async function takeDecision(
  call: AuthorizationCall,
  interaction: Interaction,
  form: Form,
): Promise<Answer> {
  const standing = await standingOfInteraction(call, interaction)
  if (standing.kind === 'sign-in') return backTo(call, interaction)
  if (standing.kind === 'refused') return showNext(call, interaction)
  const { granted } = standing
  const purpose = consentPurpose(interaction, granted)
  if (!isFormToken(interaction.secret, purpose, form.get('csrf'))) return forged(call)
  if (interaction.record.consumedAt !== null) return repeatAnswer(call, interaction)
  const decision = form.get('decision')
  if (decision === 'allow') return settleWithCode(call, interaction, { granted, agreed: true })
  if (decision === 'deny') {
    const description = 'The person refused.'
    return settleWithError(call, interaction, { error: 'access_denied', description })
  }
  if (decision !== 'switch') return forged(call)
  await notePlace(call, interaction, { signedIn: null, switching: true })
  return backTo(call, interaction)
}

async function standingOfInteraction(
  call: AuthorizationCall,
  { asked, data }: Interaction,
): Promise<Standing> {
  const session = await readSession(call)
  const signedInHere = session !== undefined && session.record.id === data.signedIn
  return standingIn(call, { asked, session, signedInHere, switching: data.switching })
}
