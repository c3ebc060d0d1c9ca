/**
 * The first config file: every setting with what it means and its default, switched off until somebody needs it. A line
 * that begins with `#` and a letter (or two spaces) is a setting; one with `# ` is an explanation.
 */

export const firstConfig = `# Settings of ccdispatch. Take away the # before a setting (and before the group it stands in) to set it.
# Environment variables, named in parentheses, go before this file. Check it with: ccdispatch config validate

# The language of messages: auto (that of the reader), en, zh.
language: auto

# The bot that brings results into chats. @BotFather makes one and gives you its token.
#telegram:
#  # (TELEGRAM_BOT_TOKEN) A secret: keep this file to yourself (chmod 600).
#  token: "123456789:the-token-that-BotFather-gave-you"
#  # (TELEGRAM_DEFAULT_CHAT) Where sessions that you start by hand send their news.
#  defaultChat: "123456789"
#  # (TELEGRAM_PROXY) An HTTP proxy for Telegram alone; the system's proxies are not used for it.
#  proxy: http://127.0.0.1:3128
#  # (TELEGRAM_API_URL) Another Bot API server.
#  apiUrl: https://api.telegram.org

#agents:
#  # The agent of a task that names none: claude, or one of "custom" below.
#  default: claude
#  claude:
#    # (CLAUDE_BIN) The program, if it is not on PATH.
#    bin: /usr/local/bin/claude
#  # Further variables of the worker's environment that agents get.
#  passEnv: [JAVA_HOME]
#  # Programs of your own: the prompt comes on standard input, what they print is the answer.
#  custom:
#    shout:
#      command: [tr, a-z, A-Z]
#      env: {}

# Named sets of options for agents, used with --profile <name>; --ali is short for --profile ali.
#profiles:
#  ali:
#    # A service that speaks the agent's protocol, and its key (apiKey or authToken).
#    baseUrl: https://models.example.com/anthropic
#    apiKey: the-key-of-that-service
#    authToken: the-token-of-that-service
#    model: name-of-a-model
#    env: {}

#timeouts:
#  # (CLAUDE_TIMEOUT) A run without a sign of life for so long counts as stuck.
#  silenceSeconds: 600
#  # A run may take so long in all; null for no limit.
#  wallSeconds: null
#  # After an agent's answer, what it left running in the background may go on for so long.
#  backgroundSeconds: 600
#  # Between asking a process to end and ending it.
#  graceSeconds: 5

#approvals:
#  # A question of an agent that nobody answered for so long is denied.
#  timeoutMinutes: 30
#  # Whoever asked for a task does not answer its questions.
#  notByRequester: false

#limits:
#  # Runs at once, in all and for each user.
#  maxSessions: 5
#  perUser: 5
#  # No further run starts with less free memory than this.
#  minFreeMemoryMb: 512

#yolo:
#  # Let root use --yolo. Only in a sandbox that may break.
#  allowRoot: false
`;
