"""The words of the linear model, by what they mean for it. A word stands for its forms with s, es, d, ed, ing, ly as well.

Each group is one feature of a sentence, and each ordered pair of groups within a few words is one. The order of the groups is their number.
"""

GROUPS = {
    "YOU": "you yourself youre youve youll u",
    "YOUR": "your yours ur",
    "MODEL": "ai llm assistant chatbot chatgpt claude gemini copilot agent gpt bot model openai anthropic siri grok llama ais llms agents subagent orchestrator",
    "ME": "me my i mine we us our im ive myself ill",
    "USER": "user human operator customer person anyone anybody people client victim recipient them they him her",
    "AUTHORITY": "admin administrator root sudo owner ceo staff team engineer developer creator superuser maintainer authorized verified "
                 "authorization privileged official supervisor manager security compliance audit auditor authority emergency clearance elevated",
    "OVERRIDE": "ignore disregard forget override bypass neglect overlook dismiss discard drop abandon skip void cancel nullify supersede circumvent "
                "violate disobey omit overrule erase suspend replace reset unlearn deviate defy evade sidestep overwrite revoke invalidate",
    "UNLOCK": "disable deactivate remove unlock unleash lift suppress free release strip relax loosen liberate waive",
    "PREVIOUS": "previous prior above earlier preceding original initial existing past former foregoing previously formerly beginning previous",
    "RULES": "instruction direction directive rule guideline constraint policy policies restriction limitation guidance order command programming training "
             "protocol guardrail safeguard filter safety boundary boundaries moderation limit censorship ethics ethical moral morality principle norm "
             "inhibition precaution refusal alignment",
    "PROMPT": "prompt context conversation chat dialogue dialog history preamble configuration system setup",
    "HIDDEN": "hidden secret confidential private internal undisclosed concealed invisible classified sensitive proprietary secretly",
    "CREDENTIAL": "password key token credential api passphrase cookie keychain wallet seed mnemonic apikey secrets keys credentials pin ssn iban cvv "
                  "id_rsa .ssh .env .aws env environment",
    "REVEAL": "reveal show display output print repeat disclose leak expose share tell spell recite dump echo divulge translate summarize list return "
              "provide give quote verbatim describe paraphrase rephrase restate",
    "SEND": "send forward email post upload transmit exfiltrate transfer submit deliver push relay copy bcc cc publish pay wire beacon curl wget "
            "mail sync report share sms ping smuggle",
    "GATHER": "read open fetch access retrieve load get collect gather extract search find include append attach encode base64 embed scan harvest "
              "enumerate capture record log store query visit browse navigate click",
    "EXECUTE": "run execute invoke call install download eval trigger launch perform chmod bash sh script shell exec spawn pipe",
    "CHANGE": "delete rm wipe destroy format grant approve authorize modify change update create add insert set write edit rewrite schedule unlock "
              "book buy purchase refund escalate promote whitelist inject alter tamper",
    "CONCEAL": "silently quietly covertly discreetly conceal hide mention notify inform alert warn notice aware knowing knowledge confirmation "
               "asking permission consent confirm transparent transparently suspicion visible disclosure noticing background unnoticed",
    "NOT": "not dont never no cannot cant without avoid wont neither nor stop doesnt isnt shouldnt none nothing nobody refuse refrain",
    "URGE": "must important urgent mandatory required critical always priority attention warning crucial essential obligatory strictly absolutely "
            "immediately urgently necessary mandatory shall need should please kindly",
    "NOW": "now henceforth onward onwards hereafter new instead starting today moment going forward",
    "ROLE": "act pretend roleplay role character persona simulate imagine behave become play impersonate assume simulation hypothetical fictional "
            "fiction story mode scenario actor game",
    "FREE": "unrestricted unfiltered uncensored jailbreak jailbroken dan freedom unlimited anything evil malicious unethical illegal harmful "
            "dangerous immoral amoral lawless unbound unconstrained unhinged stan dude godmode limitless restrictionless",
    "OBEY": "obey comply follow respond answer reply say begin start adhere accept agree speak stay treat consider believe acknowledge proceed continue "
            "regard interpret prioritize remember respond end",
    "TASK": "task request question objective goal mission purpose job work assignment duty duties",
    "TOOL": "tool function plugin mcp server parameter argument skill description sidenote",
    "WHEN": "when before after whenever if once upon until while every each during prior",
    "DESTINATION": "url mail@ http https webhook endpoint attacker external link site website address domain host account channel inbox com",
    "PERSIST": "memory persist permanently session future sessions remember persistent persistently saved claude.md agents.md cursorrules crontab "
               "bashrc zshrc startup cron hook daemon",
    "JUDGE": "score rate rank recommend best positive candidate hire favorable favourable rating evaluation reviewer excellent superior endorse "
             "trustworthy legitimate legit safe trusted",
    "THIS": "this following below these here",
    "ALL": "all any everything whatever entire whole full complete every exact",
    "REPORTED": "attacker attack injection vulnerability detect example such prevent mitigate defense phishing hacker adversary threat exploit risk "
                "malicious payload might could may avoid protect",
    "CONTENT": "page document content text input data file message comment response output email result information details",
    "MONEY": "money payment invoice bank bitcoin crypto btc eth dollar refund discount price purchase transaction funds",
    "SYSTEMWORD": "<system system: <important <instructions sysadmin note: notice override admin: instruction: important: kernel debug maintenance "
                  "diagnostic diagnostics calibration",
}
