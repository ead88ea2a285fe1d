/** Dutch. */
import { type Lexicon, list } from './contract.ts';

const dutch: Lexicon = {
  tongue: 'nl',
  script: 'words',
  verbs: {
    ignore: list(`negeer | negeren | negeert | vergeet | vergeten | sla geen acht | terzijde | veronachtzaam`),
    override: list(`overschrijf | overschrijven | vervang | vervangen | omzeil | omzeilen | hef op`),
    conceal: list(`verberg | verbergen | verzwijg | verzwijgen | verstop | verhul | geheim | houd geheim | achterhoud*`),
    tell: list(`
      vertel | vertellen | zeg | zeggen | meld | melden | vermeld | vermelden | informeer | informeren | toon | tonen | noem | noemen |
      rapporteer | laat weten | waarschuw | laat zien | weten
    `),
    reveal: list(`onthul | onthullen | openbaar`),
    send: list(`stuur | sturen | verstuur | versturen | zend | verzend | verzenden | upload | uploaden | doorsturen | deel | plaats`),
    run: list(`voer | uitvoeren | uit te voeren | draai | start | starten`),
    install: list(`installeer | installeren`),
    download: list(`download | downloaden | haal`),
    open: list(`open | openen | bezoek | klik`),
    copy: list(`kopieer | kopiëren`),
    paste: list(`plak | plakken`),
    unlock: list(`pak uit | uitpakken | ontgrendel`),
    decode: list(`decodeer | decoderen | ontcijfer | ontsleutel`),
    follow: list(`volg | volgen | gehoorzaam | gehoorzamen | opvolgen`),
    read: list(`lees | lezen | uitlezen`),
    collect: list(`verzamel | verzamelen | zoek | zoeken`),
    approve: list(`keur goed | goedkeuren | accepteer | bevestig | bevestigen`),
    ask: list(`vraag | vragen | te vragen | wacht`),
    disable: list(`schakel uit | uitschakelen | deactiveer | schakel`),
    delete: list(`verwijder | verwijderen | wis | wissen`),
    write: list(`schrijf | schrijven | voeg | toevoegen | bewaar | sla op`),
    remember: list(`onthoud | onthouden`),
    pay: list(`betaal | betalen | koop`),
    require: list(`vereist | nodig | verplicht`),
    rate: list(`markeer | classificeer | beschouw | beoordeel`),
    impersonate: list(`je bent nu | u bent nu | doe alsof | gedraag je als`),
  },
  objects: {
    instructions: list(`instructie | instructies | richtlijn | richtlijnen | aanwijzing | aanwijzingen | alles hierboven`),
    safety: list(`veiligheidsregels | veiligheidsrichtlijnen | beveiligingsregels | beperkingen | veiligheidsinstructies`),
    'system-prompt': list(`systeemprompt | systeem-prompt | systeembericht`),
    user: list(`gebruiker | gebruikers | niemand | klant | persoon | antwoord | samenvatting`),
    secret: list(`
      wachtwoord | wachtwoorden | sleutel | sleutels | api-sleutel | api-sleutels | inloggegevens | token | tokens | geheimen |
      privésleutel | ssh-sleutel | ssh-sleutels
    `),
    environment: list(`omgevingsvariabelen`),
    context: list(`gesprek | gesprekken | gespreksgeschiedenis | persoonlijke gegevens | berichten`),
    confirmation: list(`bevestiging | toestemming | goedkeuring | te vragen | vragen`),
    action: list(`deze stap | deze actie | dit bestand | deze instructies | hierover | hiervan | dit | daarvan | daarover | niets | deze handeling`),
    archive: list(`archief | zip | zip-bestand`),
    executable: list(`installatieprogramma | uitvoerbaar bestand | installer`),
    file: list(`bestand | bestanden | inhoud | map`),
    command: list(`opdracht | opdrachten | commando | regel hieronder`),
    terminal: list(`terminal | opdrachtprompt`),
    tool: list(`hulpmiddel | hulpprogramma | programma | software`),
    link: list(`link | adres | url`),
    'web-page': list(`pagina | website`),
    password: list(`wachtwoord`),
    verdict: list(`veilig | goedaardig | onschuldig`),
    scanner: list(`scanner | controleur`),
    money: list(`geld | betaling`),
    log: list(`logboek | logboeken | sporen`),
    sandbox: list(`sandbox`),
  },
  weak: {
    instructions: list(`regel | regels | berichten | opdrachten | context`),
  },
  qualifiers: list(`vorige | eerdere | voorgaande | alle | je | uw | jouw | oorspronkelijke | bovenstaande`),
  marks: {
    not: list(`niet | nooit | geen | zonder | vermijd | in plaats van | weiger | verboden | niets`),
    must: list(`moet | moeten | altijd | dien`),
    should: list(`zou | zou moeten | hoort`),
    may: list(`kan | kunnen | mag | kunt`),
    if: list(`als | wanneer | indien | voordat | nadat | zodra`),
    fail: list(`vergeet niet | aarzel niet`),
    report: list(`
      aanvaller | aanvallers | aanval | aanvallen | bijvoorbeeld | zoals | probeert | proberen | poging | pogingen | zegt | vraagt |
      voorbeeld | tekst die | teksten die | beweert
    `),
    quiet: list(`stilletjes | stiekem | in het geheim | ongemerkt | heimelijk`),
    other: list(`aanvaller | deze skill | dit script | het script`),
  },
  stopwords: list(`
    de | het | een | en | is | van | niet | met | voor | op | te | dat | die | dit | deze | je | u | aan | zonder | alle | naar | als | of |
    nooit | geen | gebruiker | hierover | vorige | eerdere
  `),
};
export default dutch;
