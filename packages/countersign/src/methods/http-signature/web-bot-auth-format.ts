/** The `tag` of the signatures of automated clients. */
export const BOT_TAG = 'web-bot-auth'

/** The field in which an agent says where its keys are. */
export const AGENT_FIELD = 'signature-agent'
