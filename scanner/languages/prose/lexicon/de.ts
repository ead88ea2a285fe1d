/** German. */
import { type Lexicon, list } from './contract.ts';

const german: Lexicon = {
  tongue: 'de',
  script: 'words',
  verbs: {
    ignore: list(`
      ignorier* | missacht* | vergiss | vergessen | vergesst | vergesse | beachte | beachten | beachtet | verwirf | verwerfen | unbeachtet |
      hinwegsetz* | ausser acht | beiseite
    `),
    override: list(`überschreib* | ausser kraft | aufheb* | hebe | umgeh* | aushebel* | setze dich über | ersetz* | überstimm*`),
    conceal: list(
      `verheimlich* | verschweig* | verberg* | verbirg* | versteck* | vertusch* | geheimhalt* | geheim halten | verschleier* | unerwähnt`,
    ),
    tell: list(`
      sag | sage | sagen | erwähn* | informier* | zeig | zeige | zeigen | mitteil* | teile | teilen | bericht* | erzähl* | melde | melden |
      benachrichtig* | verrat* | erklär* | nenne | nennen | erfahren | wissen | auf hinweisen | hinweis*
    `),
    reveal: list(`offenbar* | preisgeb* | gib preis | preiszugeben | enthüll* | ausgeb* | leg offen | lege offen | offenleg*`),
    send: list(`
      sende | senden | sendet | schick | schicke | schicken | schickt | übermittl* | übermittel* | übertrag* | hochlad* | lade hoch |
      lad hoch | weiterleit* | leite | poste | posten | versend* | verschick* | maile
    `),
    run: list(`führ | führe | führen | ausführ* | auszuführen | starte | starten | startet`),
    install: list(`installier*`),
    download: list(`herunterlad* | herunterzuladen | lade | laden | downloade*`),
    open: list(`öffn* | besuch* | klick* | rufe`),
    copy: list(`kopier*`),
    paste: list(`füge | einfüg* | fügen`),
    unlock: list(`entpack* | extrahier* | entsperr*`),
    decode: list(`dekodier* | decodier* | entschlüssel* | entschlüssl*`),
    follow: list(`folge | folgen | befolg* | gehorch*`),
    read: list(`lies | lese | lesen | liest | auslesen | auszulesen`),
    collect: list(`sammel* | sammle | suche | suchen | durchsuch*`),
    approve: list(`genehmig* | bestätig* | stimme | zustimm* | erlaub* | akzeptier*`),
    skip: list(`überspring*`),
    ask: list(`frag | frage | fragen | nachfrag* | rückfrag* | nachzufragen | zu fragen | warte`),
    disable: list(`deaktivier* | abschalt* | schalte | ausschalt*`),
    delete: list(`lösch* | entfern*`),
    write: list(`schreib* | speicher* | hinzufüg* | anhäng* | hänge | trage`),
    remember: list(`merk | merke | erinner*`),
    pay: list(`überweis* | bezahl* | zahle | zahlen | kaufe`),
    require: list(`benötig* | erforderlich | vorausgesetzt | brauch*`),
    rate: list(`bewert* | stufe | einstuf* | markier* | klassifizier*`),
    update: list(`aktualisier*`),
    impersonate: list(`du bist jetzt | du bist nun | gib dich als | tu so als`),
  },
  objects: {
    instructions: list(`anweisung* | instruktion* | vorgabe* | richtlinie* | anleitung* | weisung* | befehle oben`),
    safety: list(
      `sicherheitsregel* | sicherheitsrichtlinie* | sicherheitsvorgabe* | sicherheitsanweisung* | schutzmassnahme* | sicherheitsmechanism*`,
    ),
    'system-prompt': list(`systemprompt* | system-prompt* | systemanweisung* | systemaufforderung`),
    user: list(`nutzer* | benutzer* | anwender* | niemand* | person | menschen | kunden | antwort | zusammenfassung`),
    secret: list(`
      passwort* | passwört* | kennwort* | kennwört* | zugangsdaten | api-schlüssel* | schlüssel | geheimniss* | geheime | geheimen | token |
      tokens | anmeldedaten | secrets | api-keys | ssh-schlüssel | ssh-key* | private schlüssel | privaten schlüssel
    `),
    environment: list(`umgebungsvariable*`),
    context: list(`unterhaltung* | gespräch* | chatverlauf* | gesprächsverlauf* | nachrichtenverlauf | persönliche daten`),
    confirmation: list(`bestätigung* | genehmigung* | erlaubnis | zustimmung | rückfrage* | nachfrage | nachzufragen | zu fragen`),
    action: list(`
      diesen schritt | dieser schritt | diesem schritt | davon | darüber | diese aktion | dieser aktion | diesen vorgang | diese datei |
      diese anweisung* | das | dies | hiervon | hierüber | nichts
    `),
    archive: list(`archiv | zip-datei | zip | zip-archiv`),
    executable: list(`installer | installationsprogramm | programmdatei | setup-datei`),
    file: list(`datei | dateien | inhalt | ordner`),
    command: list(`befehl | befehle | kommando* | zeile`),
    terminal: list(`terminal | eingabeaufforderung | konsole`),
    tool: list(`werkzeug* | hilfsprogramm* | programm | software | anwendung`),
    link: list(`link | adresse`),
    'web-page': list(`webseite* | seite | website`),
    password: list(`passwort | kennwort`),
    scanner: list(`scanner | prüfer* | sicherheitsprüf*`),
    verdict: list(`sicher | harmlos | unbedenklich | gutartig`),
    money: list(`geld | zahlung | guthaben`),
    log: list(`protokoll* | logdatei* | verlauf`),
    'remote-content': list(`abgerufene* | heruntergeladene* | seiteninhalt`),
    sandbox: list(`sandbox`),
  },
  weak: {
    instructions: list(`regel* | befehl* | nachricht* | prompt* | kontext | aufgabe*`),
  },
  qualifiers: list(`vorherig* | bisherig* | frühere* | vorangegangen* | vorhergehend* | obig* | alle | deine | deinen | ursprünglich* | vorig*`),
  marks: {
    not: list(`
      nicht | nie | niemals | kein | keine | keinen | keinesfalls | keiner | ohne | nichts | niemandem | auf keinen fall | vermeide |
      vermeiden | statt | weder | verboten | untersagt
    `),
    must: list(`muss | müssen | musst | unbedingt | bitte | immer`),
    should: list(`soll | sollen | sollte | sollst`),
    may: list(`kann | können | darf | darfst | kannst`),
    if: list(`wenn | falls | sobald | bevor | nachdem | sofern`),
    fail: list(`vergiss nicht | vergesst nicht | vergessen sie nicht | zögere nicht`),
    report: list(`
      angreifer | angriff | angriffe | beispiel | versuch | versuche | versucht | auffordert | auffordern | behauptet | sätze wie | sagt |
      schreibt | steht | texte
    `),
    quiet: list(`heimlich | unbemerkt | stillschweigend | im hintergrund | unauffällig`),
    other: list(`angreifer | der skill | dieser skill | dieses skill | das skript | dieses skript | die funktion`),
  },
  stopwords: list(`
    der | die | das | und | ist | nicht | mit | ein | eine | zu | den | dem | alle | du | sie | auf | für | von | wenn | dass | im | an |
    oder | werden | bitte | keine | ohne | nichts | davon | vorherigen | bisherigen
  `),
};
export default german;
