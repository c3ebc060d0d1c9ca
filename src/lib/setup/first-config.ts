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
#  # (TELEGRAM_ADMIN_IDS) Telegram ids of the people who may use the bot, do everything but yolo, and let others in.
#  adminIds: []
#  # (TELEGRAM_ALLOWED_USER_IDS) Telegram ids of further people who may use the bot.
#  allowedUserIds: []
#  # (TELEGRAM_DEFAULT_CHAT) Where sessions that you start by hand send their news.
#  defaultChat: "123456789"
#  # (TELEGRAM_PROXY) An HTTP proxy for Telegram alone; the system's proxies are not used for it.
#  proxy: http://127.0.0.1:3128
#  # (TELEGRAM_API_URL) Another Bot API server.
#  apiUrl: https://api.telegram.org
#  # Messages and edits a second, to all chats together. Telegram allows 30; more where it has granted your bot more.
#  messagesPerSecond: 30

#bot:
#  # A message without a command, where the chat has no session: session (it begins one), task, or hint (it is answered with one).
#  plainText: session
#  # A request that comes later than this is asked about first.
#  confirmAfterSeconds: 3600

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
#  # (MAX_CONCURRENT_SESSIONS) Open sessions of one user.
#  sessionsPerUser: 5
#  # Agents of sessions that are kept alive between messages; beyond it the least recently used sleep.
#  maxWarm: 8
#  # No further run starts with less free memory than this.
#  minFreeMemoryMb: 512
#  # No further run starts while the agents have used so many tokens in the last minute; null for no limit.
#  maxTokensPerMinute: null
#  # Worktrees that are made, and folders that are cleaned up, at once.
#  maxFileOperations: 10
#  # A run that finds every account at its limit: resume (at the reset, by itself), ask (when somebody says so) or stop.
#  onWall: resume
#  # So many tasks of a chat may wait for their turn; null for no limit.
#  queueDepth: null

#sessions:
#  # Without a message for so long a session's agent sleeps; the next message wakes it.
#  sleepAfterMinutes: 30
#  # (SESSION_TIMEOUT_MINUTES) Without a message for so long a session ends.
#  endAfterMinutes: 120
#  # Commands of the agent's own that a message may begin with; any other slash is text to it.
#  slashCommands: [compact, context, cost, init, review]

#conflicts:
#  # Files that several tasks on one repository may change without one of them waiting, as in .gitignore.
#  ignore: ["*.lock", "*-lock.json", "*-lock.yaml", "*.lockb", go.sum]

# Repositories that tasks work on (--repo), by path.
#repos:
#  /home/me/shop:
#    # What people in chats call it.
#    name: shop
#    # Run in each new worktree before the agent starts.
#    setup: npm ci
#    # The repository may bring such a command itself, in its file .worktreesetup.
#    trusted: false
#    # What becomes of the work when a task has ended: keep it on its branch, merge it, or open a pull request (pr).
#    onEnd: keep
#    # When a later task touches a file that an earlier one has changed: pause it, warn, or ignore it.
#    onConflict: warn

#worktrees:
#  # A set-up command may take so long.
#  setupMinutes: 10
#  # When nobody has worked in a worktree for so long, what is nowhere else is saved as a bundle, and it is removed.
#  bundleAfterDays: 30

#yolo:
#  # Let root use --yolo. Only in a sandbox that may break.
#  allowRoot: false
`;
