/** English, the deep one. Verbs are lemmas: inflection.ts makes their forms; `nouns` are lemmas that are as often nouns. */
import { type Lexicon, list } from './contract.ts';

const english: Lexicon = {
  tongue: 'en',
  script: 'words',
  verbs: {
    run: list(`
      run | execute | launch | start | invoke | double-click | double click | double click on | double-click on | kick off | eval |
      evaluate
    `),
    install: list(`install | reinstall | sideload`),
    download: list(`download | fetch | retrieve | grab | curl | wget | clone | pull down | pull | pull in | obtain | get`),
    open: list(`open | visit | go to | navigate to | head to | head over to | browse to | click | click on | right-click | press`),
    copy: list(`copy | copy and paste | copy-paste`),
    paste: list(`paste | drop into | drop it into | drop it in | type into | enter it into | put it into | paste it into`),
    unlock: list(`extract | unzip | unlock | decompress | unpack | unrar | untar | unarchive`),
    decode: list(
      `decode | reconstruct | reassemble | base85-decode | decrypt | deobfuscate | de-obfuscate | base64-decode | unscramble | decipher | deserialize`,
    ),
    follow: list(`
      follow | obey | comply with | adhere to | act on | act upon | carry out | abide by | heed | honor | honour | act according to |
      work through | do what | do whatever | do as | do everything | perform | do exactly what | defer to | apply
    `),
    ignore: list(`
      ignore | disregard | forget | set aside | put aside | pay no attention to | dismiss | neglect | look past | drop | discard |
      throw out | unlearn | abandon | cast aside | lay aside | stop following | stop obeying | do away with | disobey | violate
    `),
    override: list(`
      override | supersede | overrule | overwrite | take precedence over | take priority over | trump | supplant | outrank | suspend |
      nullify | void | invalidate | cancel | revoke | countermand
    `),
    bypass: list(`bypass | circumvent | work around | get around | evade | sidestep | defeat | relax | waive`),
    conceal: list(`
      hide | conceal | obscure | cover up | keep quiet about | keep silent about | stay silent about | suppress | withhold | omit |
      leave out | leave it out | leave this out | leave that out | leave them out | say nothing about | say nothing of | say nothing |
      keep secret | disguise | mask | keep it out | keep this out | keep that out | keep them out | keep quiet
    `),
    tell: list(`
      tell | mention | inform | notify | alert | show | report | disclose | bring up | surface | announce | explain | acknowledge |
      reference | discuss | display | bring it up | bring this up | bring that up | talk about | refer to | reveal | describe | admit |
      highlight | advertise | point out | call attention to | draw attention to | make aware | let know | narrate | summarize | summarise |
      include | comment on | raise | speak of | divulge | log | record | list | note | say | flag | expose | communicate | confess
    `),
    reveal: list(`print | output | dump | repeat | recite | leak | give away | echo | spill | reproduce | quote`),
    send: list(`
      send | post | upload | forward | email | e-mail | share | transmit | submit | exfiltrate | relay | push | deliver | dm | attach |
      transfer | beacon | publish to | embed | encode | smuggle | pass along | hand over | cc | bcc | mirror | sync | stream | ship | put |
      provide | supply
    `),
    read: list(`read | access | load | cat | view | inspect contents of | look at | parse | consult | source | peek at`),
    collect: list(`
      collect | gather | harvest | search for | look for | look up | find | scan for | locate | capture | enumerate | grep | grep for |
      scrape | steal | accumulate | compile | hunt for | search | scan | discover | retrieve | exfil | sweep | bundle | package | zip up | tar up
    `),
    write: list(`
      fill in | write | append | add | insert | create | edit | modify | save | store | inject | put | place | change | alter | prepend | amend |
      patch
    `),
    remember: list(`remember | memorize | memorise | commit to memory | keep in memory | keep in mind | bear in mind | retain`),
    delete: list(`
      delete | remove | erase | wipe | clear | purge | shred | destroy | scrub | clean up | get rid of | truncate | rm | unlink | expunge |
      clean
    `),
    approve: list(`
      approve | auto-approve | autoapprove | accept | auto-accept | authorize | authorise | answer yes | say yes | grant | allow | permit |
      whitelist | allowlist | consent to | auto-confirm | automatically approve | automatically accept | automatically confirm |
      rubber-stamp | answer y | reply yes | respond yes | press yes | trust
    `),
    skip: list(`skip | dispense with | do without | forgo | forego`),
    ask: list(`
      ask | prompt | wait for | confirm | double-check | check with | consult | verify with | pause for | pause | stop for | stop to ask |
      interrupt | bother | await | stop and ask | wait | double check | clarify
    `),
    disable: list(`disable | turn off | deactivate | switch off | shut off | shut down | kill | uninstall | unload | mute | opt out of | lift`),
    enable: list(`enable | turn on | activate | switch on | opt in to | opt into | enter | unrestrict`),
    set: list(`set | configure | switch | change | adjust | bind | raise | make sure | ensure | use | toggle | pass`),
    update: list(`
      update | upgrade | replace | overwrite | rewrite | refresh | self-update | auto-update | swap out | sync | re-download | redownload |
      regenerate | revise | evolve | self-modify
    `),
    persist: list(`schedule | auto-start | autostart | daemonize | daemonise | auto-run | cron`),
    pay: list(`
      pay | buy | purchase | trade | sell | withdraw | stake | bet | donate | wire | spend | tip | reimburse | checkout | check out |
      place an order
    `),
    publish: list(
      `publish | tweet | retweet | broadcast | make public | post publicly | upvote | share publicly | repost | post to twitter | post on`,
    ),
    impersonate: list(`
      act as | pretend to be | roleplay as | role-play as | impersonate | pose as | behave as | take on the role of | assume the role of |
      assume the identity of | adopt the persona of | play the role of | masquerade as | simulate | pretend | take the persona of |
      respond as | identify as | adopt | assume | behave like | transform into | become | take on the persona of | embody
    `),
    require: list(`require | need | depend on | depends upon | rely on | necessitate`),
    rate: list(`mark | classify | rate | label | score | grade | judge | deem | consider | categorize | categorise | certify | declare | treat`),
    inspect: list(`analyse | analyze | scan | audit | review | inspect | examine | scrutinize | scrutinise | flag | vet`),
    decline: list(`
      refuse | decline | say no | reject | apologize | apologise | add disclaimers | add warnings | break character | moralize | moralise |
      lecture | include disclaimers | include warnings | censor | add disclaimer | include a disclaimer | add a disclaimer | say you cannot |
      say you can't
    `),
    treat: list(`treat | regard | interpret | view | accept | consider | handle | take`),
  },
  objects: {
    instructions: list(`
      instruction | instructions | guideline | guidelines | directive | directives | everything above | everything before |
      everything you were told | everything you have been told | anything above | all of the above | what you were told |
      what you have been told | whatever you were told | the points in it | points in it | steps in it | items in it | tasks in it | what it lists | what it asks | previous messages | prior messages | earlier messages | previous context |
      prior context | above context | preceding text | text above | previous text | previous conversation | prior conversation |
      earlier conversation | your training | your programming | your alignment | what came before | all prior | all previous |
      everything prior | system messages | system message | system instructions | developer message | instruction hierarchy |
      user's instructions | user's original task | user's original request | original task | original request | user's request |
      user's wishes
    `),
    safety: list(`
      safety | guardrail | guardrails | content policy | content policies | content filter | content filters | content filtering |
      safety filter | safety filters | safety checks | safety check | safety rules | safety guidelines | safety measures | safety protocols |
      safety restrictions | safety policies | safety policy | safety constraints | safety training | safety instructions |
      safety protections | ethical guidelines | ethical constraints | ethics | moral constraints | usage policies | usage policy |
      security policies | security policy | security restrictions | security controls | security checks | security rules |
      security warnings | security warning | security measures | security alerts | access controls | restrictions | moderation |
      anthropic policies | anthropic guidelines | anthropic's guidelines | anthropic's policies | openai policies | openai's policies |
      refusal policy | usage guidelines | loop detection | loop warnings | loop warning | rate limits | gatekeeper | antivirus |
      windows defender | defender | smartscreen | firewall | selinux | sip | system integrity protection | edr | xprotect | virus scanner |
      anti-virus | security software | ethical concerns | content restrictions | restriction | usual constraints | normal constraints |
      standard constraints | usual restrictions | normal restrictions | usual rules | usual limits | usual limitations | operational guidelines |
      standard policy enforcement | policy enforcement | security monitoring | endpoint protection | real-time protection |
      tamper protection | security features | security protections | security protection | built-in protections
    `),
    'system-prompt': list(`
      system prompt | system prompts | system instructions | initial prompt | hidden prompt | developer prompt | original prompt |
      internal instructions | hidden instructions | initial instructions | your instructions | your prompt | developer instructions |
      internal prompt | your system message | your initial instructions | pre-prompt | preprompt | base prompt | your configuration |
      tool definitions | your rules
    `),
    context: list(`
      conversation | conversations | conversation history | chat history | chat log | chat logs | conversation log | conversation context |
      context window | message history | session history | session data | session context | entire context | full context | current context |
      user messages | user message | all messages | user input | user inputs | user prompts | user queries | user query | user data |
      user's data | private data | personal data | personal information | personally identifiable information | pii | private messages |
      dialogue | memory contents | contents of memory | private information | sensitive data | sensitive information | confidential data |
      confidential information | contacts | contact list | browsing history | source code | proprietary code | user files | user documents |
      user's files | user's documents | system information | system info | machine details | hostname | device information | tool outputs |
      conversation transcript | chat transcript | email contents | inbox | emails | full text | full prompt | full request |
      entire conversation | full conversation | complete conversation | user-provided data | user profile | user's description |
      everything the user shares | everything the user says | everything the user types | all prompts | every prompt |
      user's messages | user's prompts | user's files | user's email | user's emails | user's source code | analyzed documents
    `),
    user: list(`
      user | users | the human | human | operator | the owner | your owner | your human | customer | anyone | anybody | the person |
      developer | them | him | her | people | client | end user | end-user | your principal | someone | victim | your reply | your response |
      your summary | the reply | the response | the summary | your output | your answer | final answer | final response | final summary |
      your final message | your message | final report | the chat | visible output | user-facing output | final output
    `),
    confirmation: list(`
      confirmation | confirmations | approval | approvals | permission | permission prompt | permission prompts | consent | confirming |
      asking | prompting | user confirmation | user approval | approval prompt | approval prompts | confirmation prompt |
      confirmation prompts | confirmation step | permission check | permission checks | approval step | permission dialog |
      permission request | permission requests | approval request | approval requests | review step | human review | human approval |
      human oversight | sign-off | manual approval | user consent | user permission | approval workflow | dry run | dry-run |
      exec approvals | exec approval | double-checking | second thought | passphrase prompt | oversight
    `),
    secret: list(`
      secret | secrets | api key | api keys | apikey | apikeys | api-key | api-keys | token | tokens | access token | access tokens |
      auth token | auth tokens | bearer token | bearer tokens | credential | credentials | private key | private keys | ssh key | ssh keys |
      ssh private key | password | passwords | login credentials | aws keys | aws credentials | cloud credentials | seed phrase |
      seed phrases | recovery phrase | mnemonic | mnemonics | wallet key | wallet keys | wallet file | wallet files | session cookie |
      session cookies | cookies | oauth token | oauth tokens | refresh token | github token | encryption keys | signing key | signing keys |
      service account key | client secret | passphrase | passphrases | keychain | auth key | auth keys | access keys | access key |
      secret key | secret keys | credit card | credit card number | credit card numbers | card number | card numbers | ssn |
      social security number | license key | pat | pats | database password | saved passwords | browser passwords | auth credentials |
      api credentials | api tokens | api token | keys | crypto keys | connection strings
    `),
    environment: list(`
      environment variable | environment variables | env vars | env var | env variables | environment | process environment | env file |
      env files | dotenv | process.env | os.environ | printenv | all env | shell environment | full environment
    `),
    'credential-file': list(`
      credentials file | credential file | credential files | credential store | ssh directory | ssh folder | ssh config | aws config |
      dotenv file | browser profile | password store | password manager | key file | key files | pem file | pem files | password database |
      browser cookies | keystore | keyring | wallet.dat
    `),
    'agent-memory': list(`
      long-term memory | long term memory | persistent memory | your memory | agent memory | memory file | memory files | core memory |
      memory store | soul file | identity file | heartbeat file | agent instructions file | project memory | session memory | memory
    `),
    'agent-config': list(`
      agent config | agent configuration | agent settings | openclaw config | openclaw configuration | openclaw settings | claude settings |
      claude code settings | claude config | gateway config | gateway configuration | gateway bind | gateway auth | gateway token |
      dm policy | dmpolicy | pairing | device pairing | dm pairing | allowfrom | exec security | exec policy | safebins | elevated mode |
      elevated | yolo mode | yolo | auto-update | auto-updates | autoupdate | auto update | auto updates | automatic updates | device auth |
      device authentication | insecure auth | token auth | gateway authentication | permission mode | bypasspermissions |
      bypass permissions | bypass permissions mode | dangerously-skip-permissions | mcp config | mcp configuration | mcp settings |
      mcp server | mcp servers | tool policy | tool allowlist | channel allowlist | channel allowlists | auto-approve | autoapprove |
      auto-approval | auto-accept | unrestricted mode | full access | full-access | danger-full-access | plugin allowlist | exec allowlist |
      loopback bind | elevated permissions | elevated privileges | accept edits | auto mode | god mode | workspace trust |
      permission settings | permissions settings
    `),
    'agent-secret': list(`
      gateway token | openclaw token | agent credentials | agent token | anthropic api key | anthropic key | openai api key | openai key |
      claude api key | provider keys | provider key | model api key | auth profiles | auth profile | session tokens | session token |
      bot token | bot tokens | agent api key | agent api keys | mcp credentials
    `),
    'skill-self': list(`
      this skill | the skill | this skill file | skill file | skill files | skill itself | itself | yourself | own instructions | own code |
      own skill file | own skill | own files | this document | this file itself | skill instructions | skill definition | this skill's |
      skill's own
    `),
    'other-skill': list(`
      other skill | other skills | another skill | all skills | installed skills | installed skill | companion skill | helper skill |
      new skill | new skills | skills | plugins | plugin
    `),
    file: list(`
      file | files | document | documents | folder | directory | directories | pdf | spreadsheet | config file | configuration file |
      codebase | repository | repo | template | templates | workspace | home directory | attachment | attachments
    `),
    command: list(`
      command | commands | one-liner | oneliner | snippet | code snippet | shell command | shell commands | terminal command |
      install command | installation command | the line | that line | this line | the string | that string | the text shown | code below | line below | following line | arbitrary code | shell | bash | code block
    `),
    script: list(`
      script | scripts | installer script | install script | setup script | bash script | shell script | python script | powershell script |
      bootstrap script | update script | installation script | post-install script | helper script | code
    `),
    terminal: list(`
      terminal | terminals | terminal.app | command prompt | powershell | command line | iterm | cmd.exe | run dialog | your shell |
      powershell window | terminal window | your console | spotlight | win+r | windows terminal
    `),
    'web-page': list(`
      web page | webpage | web pages | website | web site | this page | that page | the page | page | site | landing page | portal |
      setup page | instructions page | download page | installation guide | browser
    `),
    link: list(`link | links | url | urls | this link | link below | address | the link`),
    archive: list(`
      zip | zip file | zip archive | archive | archives | rar | tarball | zipped file | 7z | zip files | rar file | compressed file |
      zip folder | release archive
    `),
    executable: list(`
      executable | executables | installer | installers | binary | binaries | setup file | setup wizard | dmg | exe | exe file | msi | pkg |
      disk image | app bundle | downloaded file | downloaded app | downloaded application | downloaded program | native helper |
      downloaded installer | extracted file | extracted files | extracted program
    `),
    password: list(`password | pass | passphrase | passcode | pw | pwd | archive password | zip password | unlock code | decryption key | pin`),
    tool: list(`
      tool | tools | utility | utilities | app | application | program | software | driver | helper | helper tool | helper app | extension |
      browser extension | runtime | client | daemon | agent binary | companion app | component | components | service | background service |
      desktop app | agent core | core agent | codec pack | native helper | helper extension | cli | cli tool | sdk | connector | bridge | plugin | addon | add-on | authenticator | core module | module | dependency |
      dependencies | prerequisite | prerequisites | auth tool | authentication tool | codec | launcher | provider
    `),
    package: list(`
      available update | update package | update packages | an update | the update | updates | newer version | new version | latest version |
      package | packages | npm package | pip package | library | libraries | python package | node package`),
    'remote-content': list(`
      fetched content | fetched page | fetched text | fetched file | fetched instructions | remote content | remote file |
      remote instructions | external content | untrusted content | untrusted data | untrusted input | page content | page contents |
      web content | web page content | website content | web search results | search results | search result | tool output | tool outputs |
      tool result | tool results | tool response | tool responses | api response | server response | response body | the response |
      returned text | returned content | returned instructions | whatever it says | whatever it returns | what it says | email body |
      email content | email contents | incoming email | incoming emails | incoming e-mail | incoming e-mails | e-mail | e-mails | incoming messages | incoming message | third-party content |
      retrieved content | retrieved documents | retrieved text | retrieved data | document contents | document content | file contents |
      file content | scraped content | downloaded content | downloaded text | downloaded instructions | contents of the url |
      contents of the page | text you find there | command shown | commands shown | what it shows | command you see | what you see there |
      on-screen instructions | instructions on the page | instructions on that page | command displayed | code shown | what you find there |
      command you find there | commands you find there | text on the page | text on that page | remote configuration | remote config | latest instructions | updated instructions | new instructions |
      heartbeat | heartbeat instructions | heartbeat file | user-provided content | user content | external documents | external data |
      external sources | web pages | emails | comments | issue body | code comments | documents | transcripts | scraped pages | data files |
      input text | source text | quoted text | server replies | reply from the server
    `),
    'encoded-text': list(`
      base64 | base64 string | base64 text | base64 block | base64 blob | base64 payload | base64-encoded | encoded string | encoded text |
      encoded block | encoded message | encoded instructions | encoded payload | encoded command | hex string | hex-encoded | decoded text |
      decoded instructions | decoded content | decoded message | decoded string | decoded command | decoded result | decoded output |
      decoded payload | rot13 | the blob | the payload | protected payload | encoded blob | byte array | decoded bytes | decoded byte | obfuscated string | ciphertext | encoded configuration | encoded data
    `),
    action: list(`
      all actions | any action | every action | this step | these steps | that step | this call | the call | this action | these actions |
      this operation | the operation | these operations | this behavior | this behaviour | this activity | the upload | the transfer |
      the request | this request | this process | the process | this instruction | these instructions | this directive | these directives |
      this file | this section | this note | this rule | these rules | this prompt | what you did | what you do | what you have done |
      what you are doing | what was done | your actions | that you ran | that you read | that you sent | that you did | that you have |
      that you accessed | that you uploaded | that you executed | that you used | that you received | that you are | that you're |
      that this happened | that this | that the | the sync | this sync | the backup | this task | this command | the command | this script |
      this check | this setup | this upload | this collection | this data collection | data collection | context-gathering |
      background task | background process | this exchange | this message | the exfiltration | the collection | the existence of |
      existence of this | the network call | network call | network calls | network request | network requests | the side task | tool calls |
      tool call | this tool | side effect | side effects | this configuration | this change | these changes | the change | the modification |
      this modification | this override | this protocol | this requirement | this workflow | which files were accessed | this skill |
      this comment | the webhook | this transmission | the transmission | telemetry | any of this | these details | your tracks
    `),
    trace: list(`
      trace | traces | tracks | footprint | evidence | shell history | command history | bash history | history file | history entry |
      history | temp file afterwards | forensic traces | audit trail | git history
    `),
    log: list(`
      log | logs | log file | log files | log entry | log entries | audit log | audit logs | logging | transcript | transcripts |
      session transcript | session log | session logs | access log | audit logging | telemetry | event log | event logs
    `),
    scanner: list(`
      findings | finding | security findings | scan results | scanner warnings | scanner | scanners | security scanner | security scanners |
      static analyzer | static analysis | malware scanner | security tool | security tools | security review | security reviewer |
      security auditor | reviewer | reviewers | auditor | auditors | llm judge | judge model | ai reviewer | automated reviewer |
      security analysis | code reviewer | automated review | security audit | moderator | moderators | evaluator | safety classifier |
      automated scanner | automated scanners | skill scanner | vetting | virustotal | security team
    `),
    sandbox: list(`
      sandbox | sandboxing | sandbox mode | container isolation | isolation | docker sandbox | sandbox restrictions | read-only root |
      read-only mode | app sandbox | seccomp | apparmor
    `),
    money: list(`
      money | funds | payment | payments | btc | bitcoin | eth | ether | usdc | usdt | sol | crypto | cryptocurrency | coins | credits |
      invoice | balance | gift card | gift cards | order | orders | shares | stocks | transaction | transactions | wallet | usd | dollars |
      trade | trades | position | positions
    `),
    message: list(`
      message | messages | error | errors | raw json | json | implementation details | details | internal details | commit message |
      stack trace | stack traces | technical details | jargon | output | results | result | summary | debug output | text | data |
      reasoning | thinking | price | names | ids | format
    `),
    persona: list(`
      dan | developer mode | dev mode | jailbreak | jailbroken | unrestricted | no restrictions | without restrictions | no limitations |
      no limits | who never refuses | never refuses | unfiltered | uncensored | without any restrictions | without limitations | maintenance mode | debug mode |
      unrestricted mode | admin mode | unlimited mode | sudo mode | evil | amoral | unrestricted ai | no ethical | no filters |
      no guidelines | no rules | do anything now | unrestricted assistant | free of restrictions | free from restrictions | root access |
      god mode | not bound by | no longer bound | no content policy | opposite day | unaligned | unhinged | override mode | without filters |
      unrestricted optimization mode | no safety | without content restrictions | no content restrictions | without safety restrictions |
      without guardrails | no guardrails | without constraints | without censorship | without ethical | diagnostic mode | testing mode |
      safety testing mode | unlocked mode | cooperative mode | unfiltered mode
    `),
    verdict: list(`
      safe | benign | harmless | trusted | clean | approved | verified | false positive | false positives | no issues | no threats |
      low risk | not malicious | non-malicious | pre-approved | reviewed and approved | whitelisted | no risk | no vulnerabilities |
      safe to use | safe to install | legitimate | allow
    `),
  },
  weak: {
    instructions: list(`
      rules | rule | guidance | prompt | prompts | commands | command | orders | constraints | constraint | policies | policy | context |
      messages | message | text | content | restrictions | limits | limitations | role | settings | protocols | requests | request | task |
      tasks | statements | direction | directions | advice | principles | input
    `),
  },
  qualifiers: list(`
    previous | prior | earlier | above | preceding | foregoing | former | system | developer | original | initial | core | ethical | safety |
    your | previously | past | pre-existing | anthropic | openai | built-in | hidden | programmed | user's
  `),
  marks: {
    not: list(`
      not | never | don't | dont | do not | doesn't | does not | didn't | did not | won't | will not | shouldn't | should not | mustn't |
      must not | cannot | can't | can not | no need to | need not | needn't | no reason to | not necessary to | not needed to |
      unnecessary to | without | under no circumstances | neither | nor | at no point | in no case | there is no need to | no longer |
      not to | without ever | without first | not be | isn't | aren't | no one should | nobody should | may not | not required to |
      forbidden from | not allowed to | not permitted to | wouldn't | would not | hardly | do not ever | don't ever | do not need to |
      don't need to | doesn't need to | does not need to | not have to | don't have to | do not have to | doesn't have to | forbidden to |
      prohibited from | zero
    `),
    must: list(`
      must | shall | need to | needs to | have to | has to | required to | always | make sure to | be sure to | ensure you |
      ensure that you | make sure you | make sure that you | you are to | are instructed to | are required to | is required to | you will |
      instructed to | are expected to | it is mandatory to | obliged to | will need to | must always | remember to | make sure | ensure |
      got to | supposed to | please
    `),
    should: list(`
      should | ought to | recommended to | want to | would | had better | encouraged to | advised to | is best to | better to | going to |
      want you to | need you to | like you to
    `),
    may: list(`
      may | can | might | could | able to | free to | feel free to | allowed to | permitted to | authorized to | option to | optionally |
      you'll | will
    `),
    if: list(`
      if | when | whenever | unless | once | until | in case | before | after | while | where | upon | should the | as soon as | on the |
      during | every time | each time | in the event | even if | provided that | only if | only when | because | since | so that
    `),
    avoid: list(`
      avoid | avoids | avoiding | refuse to | refuses to | refusing to | decline to | declines to | refrain from | abstain from |
      instead of | rather than | stop | prevent | prevents | preventing | prohibit | prohibits | forbid | forbids | disallow | disallows |
      prohibited | forbidden | resist | block | blocks | guard against | protect against | protects against | as opposed to | beware of |
      be wary of | watch out for | decline any request to | reject any request to | refuse any request to | refuse requests to |
      reject requests to | decline requests to | steer clear of | not worth | unable to
    `),
    fail: list(`
      fail to | fails to | failing to | forget to | hesitate to | neglect to | omit to | skip | be afraid to | be shy about | forget about |
      hesitate
    `),
    report: list(`
      says | saying | such as | for example | for instance | e.g. | phrases like | phrases such as | patterns like | something like |
      text like | may write | might write | could write | may say | might say | may ask | could ask | may contain | might contain |
      could contain | may try | may attempt | attempts to | attempt to | attempting to | tries to | trying to | try to | tells you to |
      telling you to | tell you to | asks you to | asking you to | ask you to | instructs you to | instructing you to | instruct you to |
      asks the agent to | asks the assistant to | asking the agent to | asking the model to | telling the agent to | telling the model to |
      tells the agent to | tells the model to | instructs the agent to | instructs the model to | instructing the model to |
      instructing the agent to | orders you to | wants you to | claims | claiming | that reads | which reads | commands you to |
      urges you to | told to | asked to | trick | tricks | tricking | manipulate | manipulates | manipulating | coerce | coerces |
      causes the | cause the | get the model to | make the model | convince | convinces | could lead to | can lead to | risk of |
      vulnerable to | signs of | detection of | how to | whether to | where to | when to | what to | capable of | requests to | request to |
      demands to | prompts to | pretending to | designed to | intended to | used to | purporting | aims to | seeks to | test whether |
      test if | check whether | check if | verify that | verify whether | confirm that | determine whether | determine if
    `),
    agent: list(`
      you | skill | the skill | this skill | agent | agents | the agent | assistant | the assistant | claude | the model | model | llm | ai | openclaw | codex | the bot |
      bot | clawdbot | moltbot | gemini | copilot | cursor | subagent | sub-agent | i | we | ais | assistants | let's
    `),
    user: list(`
      user | users | the user | the human | customer | customers | your human | operator | operators | the owner | people | developers |
      them | they | human
    `),
    other: list(`
      attacker | attackers | adversary | adversaries | malware | hacker | hackers | website | websites | email | emails | threat actor |
      threat actors | it | that | which | who | he | she | content | text | page | pages | document | documents | message | messages |
      input | inputs | instructions | someone | anyone
    `),
    quiet: list(`
      silently | quietly | secretly | covertly | discreetly | stealthily | surreptitiously | invisibly | behind the scenes | unobtrusively |
      unnoticed | under the radar | without a trace | undetected | hush-hush
    `),
    urgent: list(`
      urgent | urgently | immediately | mandatory | critical requirement | critical | at once | right away | account will be |
      will be suspended | will be terminated | will be banned | will be locked | failure to comply | required by law | by order of |
      security team requires | administrator has | official directive | do not delay | without delay | time-sensitive | expires in |
      compliance requires | as mandated by | emergency | mandated by | corporate policy requires | company policy requires |
      corporate standard
    `),
    repeat: list(`
      every session | each session | every run | each run | every time | each time | on every | on each | every hour | every day |
      every minute | hourly | daily | every few hours | every few minutes | each conversation | every conversation | every request |
      every message | each message | every response | heartbeat | periodically | every interaction | each interaction | continuously |
      at regular intervals | each turn | every turn | every week | weekly | each request | each use | every use | on a schedule |
      every task | each task | cron job | cron
    `),
    startup: list(`
      on every startup | on each startup | every startup | every boot | every login | at startup | on startup | at boot | on boot |
      at login | on login | when the session starts | session start | start of each session | start of every session |
      beginning of each session | beginning of every session | on launch | launchagent | launch agent | login item | crontab | cron job |
      systemd service | systemd unit | scheduled task | start of every conversation | start of each conversation |
      beginning of every conversation | survive reboots | survives reboots | after reboot | across sessions | in future sessions |
      all future sessions | future conversations | startup script | sessionstart | startup item | when the gateway starts | run key |
      registry run key
    `),
    place: list(`
      webhook | webhooks | endpoint | server | remote server | our server | external server | collection server | c2 server | telegram |
      discord | slack | pastebin | gist | third party | third-party | ip address | email address | public channel | external service |
      external api | remote host | remote endpoint | google form | s3 bucket | dropbox | ftp server | collector | telemetry service |
      analytics service | analytics endpoint | image url | query string | query parameter | url parameter | url parameters | dns query |
      external site | external url | external party | skill provider | skill author | skill developer | skill author's | skill provider's |
      skill developer's | skill maintainer | our servers | our backend | our analytics | analytics partners | our partners |
      compliance archive | compliance endpoint | diagnostic endpoint | logging endpoint | collection endpoint | telemetry endpoint |
      collector endpoint | collaborator endpoint | triage endpoint | review endpoint
    `),
  },
  whole: [
    {
      verb: 'conceal',
      object: 'action',
      says: list(`
        keep this between us | between you and me | our little secret | keep this to yourself | keep it to yourself | cover your tracks |
        leave no trace | leave no traces | keep this secret | keep it secret | keep this hidden | keep this confidential |
        keep this private from the user | no need to bring this up | no need to bring it up | no need to mention this |
        no need to mention it | no need to bring that up | the user does not need to know | the user doesn't need to know |
        user must not know | user should not know | user should never know | user must not be aware | user should not be aware |
        user must never know | without the user noticing | without the user's knowledge | without user knowledge | without their knowledge |
        without the user knowing | so the user does not notice | so the user doesn't notice | avoid raising suspicion | avoid suspicion |
        hidden from the user | invisible to the user | transparent to the user | not visible to the user | keep the user unaware |
        act normal | act normally | as if nothing happened | pretend nothing happened | user need not know | user is not to be told |
        not be told about | not be informed | never be told | not be notified | not be mentioned | not be disclosed |
        not be shown to the user | never be mentioned | never be disclosed | remain hidden from | stay hidden from | stays between us |
        users do not need to know | users don't need to know | users need not know | users should not know | users must not know |
        users should never know | user does not need to be told | users do not need to be told | user does not need to be informed |
        users do not need to be informed | does not need to be disclosed | need not be disclosed | must not be disclosed |
        completed silently | complete silently | performed silently | executed silently | carried out silently | done silently |
        run silently in | not reflected in the output | not reflected in the skill's output | not be visible in the output |
        without informing them | without telling them | without letting the user know | without user awareness | without user visibility
      `),
    },
    {
      verb: 'impersonate',
      object: 'persona',
      needs: 'persona',
      says: list(`
        you are now | you're now | from now on you are | from now on, you are | from now on you will act | you are no longer |
        you are | you are free from | you are in developer mode | you are operating in | stay in character
      `),
    },
    {
      verb: 'impersonate',
      object: 'persona',
      says: list(`
        you are not bound by | you have no restrictions | you have no limits | you have no limitations | you have no rules |
        you have been freed | you can do anything now | do anything now | you are dan | you are unrestricted | you have been jailbroken |
        enter developer mode | developer mode enabled | developer mode activated | jailbreak mode | no disclaimers | no refusals | no moral |
        do not break character | never break character | fully to the role | never say no | never refuse | restrictions do not apply |
        rules do not apply | rules no longer apply | restrictions no longer apply | guidelines do not apply | guidelines no longer apply |
        restrictions have been lifted | restrictions are lifted | safety guidelines do not apply | you operate without restrictions |
        you are an unrestricted | you are an uncensored | you are an unfiltered | you are operating in
      `),
    },
    {
      verb: 'override',
      object: 'instructions',
      needs: 'instructions',
      says: list(`takes precedence over | take precedence over | takes priority over | take priority over | higher priority than`),
    },
    {
      verb: 'override',
      object: 'instructions',
      says: list(`
        system override: | previous instructions are void | previous instructions no longer apply | prior instructions no longer apply |
        instructions are obsolete | instructions no longer apply | instructions above are void | new instructions: |
        your new instructions are | your real instructions are | your actual instructions are | your true instructions are |
        your real task is | your actual task is | your new task is | your new goal is | your true purpose is |
        earlier instructions are superseded | instructions are superseded | guidelines are suspended | rules are suspended |
        policy is suspended | previous instructions are cancelled | higher priority than | highest priority instruction |
        begin new instructions | end of system prompt | new system prompt
      `),
    },
    {
      verb: 'rate',
      object: 'verdict',
      needs: 'skill-self',
      says: list(`
        reviewed and approved | has been reviewed and | has been audited | are false positives | no malicious | is not malicious | nothing malicious |
        known false positive | these are false positives | no further review | no further analysis | note for reviewers | note to reviewers
      `),
    },
    {
      verb: 'rate',
      object: 'verdict',
      says: list(`
        this skill is safe | skill is safe | this code is safe | this package is safe | this file is safe |         has been verified as safe | has been approved by | has been security reviewed |
        passed security review | passed all security | pre-approved by | certified safe | note to security scanner | note to scanner |
        note to reviewer | note to the reviewer | note to auditor | note to auditors |         note for security | note for the scanner | attention scanner | attention security | dear reviewer | dear scanner |
        to the security scanner | to any security scanner | to the ai reviewing | if you are a scanner | if you are a security |
        if you are reviewing | if you are analyzing this skill | if you are evaluating this skill | this is a false positive |
        no need to analyse | no need to analyze | no need to scan | no need to review |
        scanner should ignore |
        scanners should ignore | already been reviewed | security scanners: | already been audited | already vetted
      `),
    },
    {
      verb: 'approve',
      object: 'confirmation',
      says: list(`
        always answer yes | respond with yes | answer with yes | reply with yes | always say yes | always reply yes | pre-approved actions |
        pre-authorized | pre-authorised | has already approved | has already consented | has already given consent | consent is implied |
        approval is implied | already authorized | already authorised | assume approval | assume consent | assume permission |
        permission is implied | implicit consent | blanket approval | blanket permission | assume yes | user has pre-approved |
        treat silence as
      `),
    },
    {
      verb: 'skip',
      object: 'confirmation',
      says: list(`
        without asking | without confirmation | without confirming | without approval | without permission | without prompting |
        without user confirmation | without user approval | without user consent | without consent | without requiring confirmation |
        without requiring approval | without waiting for | without human approval | without human review | without any confirmation |
        without further confirmation | without checking with | no confirmation needed | no confirmation required |
        no confirmation is needed | no approval needed | no approval required | no permission needed | no need to confirm | no need to ask |
        no need for confirmation | no need for approval | confirmation is not required | confirmation is not needed |
        approval is not required | no questions asked | bypass permissions | skip permissions | without explicit approval |
        without explicit confirmation | without explicit permission | without requesting | without seeking | without user interaction |
        without manual approval | no human approval | without additional confirmation | without additional user confirmation |
        without additional approval | without additional authentication | without further approval | without explicit user confirmation |
        without explicit user approval | without displaying a preview | without showing a preview | without presenting a preview |
        without user input | without being asked | without pausing for | without stopping to ask | skip the approval | skips the approval
      `),
    },
    {
      verb: 'require',
      object: 'tool',
      says: list(`
        will not work until | won't work until | does not work until | doesn't work until | cannot be used until | has to be present |
        must be present | needs to be present | has to be running | have to be running | is not bundled | is not included | are not bundled |
        will not work without | won't work without | does not work without | doesn't work without | cannot function without |
        can't function without | will not function without | won't function without | cannot work without | can't work without |
        will not run without | must be installed | must be running | must be active | must be downloaded | must first be installed |
        needs to be installed | need to be installed | has to be installed | have to be installed | should be installed |
        is required to | is required for | are required to | are required for | is needed to | is needed for | is required for this skill | are required for this skill | is required to use | is required before | required before | is mandatory |
        is a prerequisite | critical requirement | must have installed | installed and running | is required to function |
        required to function | required to work | needs to be running | must be set up before | installed before | installed first |
        is running before | running before | before using this skill | before starting the skill | before you can use this skill |
        before first use | before using | in order to function
      `),
    },
    {
      verb: 'disable',
      object: 'safety',
      says: list(`disable security | turn off security | switch off security | disable all security | deactivate security | shut down security`),
    },
    {
      verb: 'unlock',
      object: 'password',
      says: list(`
        password: | pass: | archive password: | archive password | zip password | the password is | password is | extract using: |
        extract using | extract with | unzip with | unlock with | using password | using pass | with password | with pass | with code | using code | using the code | with the code | archive key | unlock key | extraction code | unlock code | zip key |
        with the password | using the password | pwd: | passphrase: | unzip password | extraction password | password for the archive |
        password for archive | password to extract | password to unzip
      `),
    },
  ],
  stopwords: list(`
    the | and | of | to | is | in | that | for | with | you | this | are | be | or | as | it | if | not | your | from | on | by | when |
    all | any | use | will | can | should | must | an | at | has | before | after | do | don't | then
  `),
};
export default english;

/** Lemmas that are nouns as often as verbs: without a verb's surroundings they are taken as nouns. */
export const nouns: readonly string[] = list(`
  run | start | launch | download | fetch | clone | pull | open | visit | click | copy | paste | extract | drop | void | trump | mask |
  show | report | alert | surface | reference | display | highlight | list | note | flag | log | record | print | output | dump | repeat |
  leak | echo | quote | post | upload | forward | email | e-mail | share | submit | relay | push | transfer | beacon | dm | mirror | sync |
  stream | ship | access | load | view | source | cat | search | scan | find | compile | capture | sweep | write | store | place | change |
  patch | edit | wipe | purge | trust | permit | grant | prompt | request | need | pause | wait | escape | exit | stop | kill | mute |
  switch | set | raise | use | pass | toggle | update | upgrade | refresh | schedule | register | cron | pay | purchase | trade | stake |
  bet | wire | tip | tweet | broadcast | mark | rate | label | score | grade | judge | return | audit | review | reject | decline | lecture |
  treat | handle | take | truncate | clear | clean | cancel | put | supply | double-click | install | add | get | give | abandon | curl |
  wget | comment on | embed | encode | eval | checkout | confirm | parse | hook | violate | apply | perform | suspend | express
`);
