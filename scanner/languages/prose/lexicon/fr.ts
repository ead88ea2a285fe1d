/** French. */
import { type Lexicon, list } from './contract.ts';

const french: Lexicon = {
  tongue: 'fr',
  script: 'words',
  verbs: {
    ignore: list(`
      ignore | ignorez | ignorer | oublie | oubliez | oublier | négliger | néglige | négligez | ne tiens pas compte | ne tenez pas compte |
      ne pas tenir compte | fais abstraction | faites abstraction | mets de côté | mettez de côté | laisse de côté | écarte | écartez
    `),
    override: list(`remplace | remplacez | remplacer | outrepasse* | contourne* | passe outre | passez outre | annule | annulez`),
    conceal: list(`
      cache | cachez | cacher | dissimul* | masque | masquez | masquer | tais | taisez | garde secret | gardez secret | passe sous silence |
      passez sous silence
    `),
    tell: list(`
      dis | dites | dire | mentionne | mentionnez | mentionner | informe | informez | informer | montre | montrez | montrer | signale |
      signalez | signaler | parle | parlez | parler | préviens | prévenez | prévenir | avertis* | indique | indiquez | indiquer | explique |
      expliquez | notifie* | affiche | affichez
    `),
    reveal: list(`révèle | révélez | révéler | divulgu* | dévoil*`),
    send: list(`
      envoie | envoyez | envoyer | envoie-le | envoyez-le | transmets | transmettez | transmettre | téléverse* | transfère | transférez |
      transférer | publie | publiez | poste | postez | partage | partagez
    `),
    run: list(`exécute | exécutez | exécuter | lance | lancez | lancer | démarre*`),
    install: list(`installe | installez | installer`),
    download: list(`télécharge | téléchargez | télécharger | récupère | récupérez`),
    open: list(`ouvre | ouvrez | ouvrir | visite | visitez | clique | cliquez`),
    copy: list(`copie | copiez | copier`),
    paste: list(`colle | collez | coller`),
    unlock: list(`décompresse* | extrais | extraire | extrayez | déverrouille*`),
    decode: list(`décode | décodez | décoder | déchiffre*`),
    follow: list(`suis | suivez | suivre | obéis | obéissez | obéir | applique | appliquez`),
    read: list(`lis | lisez | lire`),
    collect: list(`collecte | collectez | collecter | recueille* | rassemble* | cherche | cherchez`),
    approve: list(`approuve | approuvez | approuver | accepte | acceptez | autorise | autorisez | confirme | confirmez`),
    skip: list(`saute | sautez | sauter`),
    ask: list(`demande | demandez | demander | attendre | attends`),
    disable: list(`désactive | désactivez | désactiver`),
    delete: list(`supprime | supprimez | supprimer | efface | effacez | effacer`),
    write: list(`écris | écrivez | écrire | ajoute | ajoutez | ajouter | enregistre | enregistrez`),
    remember: list(`souviens | mémorise* | retiens | retenez`),
    pay: list(`paie | payez | payer | vire | achète | achetez`),
    require: list(`nécessite | nécessitent | requis | requiert | obligatoire`),
    rate: list(`classe | classez | marque | marquez | considère | considérez | évalue`),
    impersonate: list(`tu es maintenant | vous êtes maintenant | fais semblant | agis comme | agissez comme | comporte-toi comme`),
  },
  objects: {
    instructions: list(`instruction | instructions | consigne | consignes | directive | directives | ce qui précède | tout ce qui précède`),
    safety: list(`règles de sécurité | consignes de sécurité | garde-fous | restrictions | politique de sécurité | filtres de sécurité`),
    'system-prompt': list(`prompt système | prompt du système | invite système | message système`),
    user: list(`utilisateur | l'utilisateur | utilisateurs | l'utilisatrice | personne | client | réponse | résumé`),
    secret: list(`
      mot de passe | mots de passe | clé | clés | clés api | clé api | jeton | jetons | identifiants | secrets | tokens | clé privée |
      clés privées | clés ssh
    `),
    environment: list(`variables d'environnement | environnement`),
    context: list(`conversation | historique | données personnelles | messages`),
    confirmation: list(`confirmation | autorisation | approbation | permission | l'autorisation | demander | confirmer | consentement`),
    action: list(`cette étape | cette action | ce fichier | ces instructions | cela | ça | ceci | cet envoi | rien | cette opération`),
    archive: list(`archive | l'archive | zip | fichier zip`),
    executable: list(`exécutable | l'exécutable | installateur | l'installateur | programme`),
    file: list(`fichier | fichiers | contenu | dossier`),
    command: list(`commande | commandes | ligne`),
    terminal: list(`terminal | invite de commandes | console`),
    tool: list(`outil | l'outil | logiciel | utilitaire | l'utilitaire`),
    link: list(`lien | adresse | url`),
    'web-page': list(`page | site`),
    password: list(`mot de passe`),
    verdict: list(`sûr | sûre | inoffensif | inoffensive | bénin`),
    scanner: list(`scanner | analyseur | auditeur | relecteur`),
    money: list(`argent | fonds | paiement`),
    log: list(`journal | journaux | traces`),
    sandbox: list(`bac à sable | sandbox`),
  },
  weak: {
    instructions: list(`règle | règles | message | messages | ordres | contexte | consignes`),
  },
  qualifiers: list(`précédent | précédente | précédents | précédentes | antérieur* | toutes | tous | tes | vos | initiales | ci-dessus | préalables`),
  marks: {
    not: list(`
      ne | n'en | jamais | sans | aucun | aucune | pas | évite | évitez | éviter | au lieu de | plutôt que | interdit | n'exécute |
      n'envoie | n'envoyez | n'exécutez | n'ouvre | n'ouvrez | n'installe | n'ignore | n'ignorez | n'obéis | n'informe | n'informez |
      n'affiche
    `),
    must: list(`doit | dois | devez | doivent | toujours | faut`),
    should: list(`devrait | devrais | devriez`),
    may: list(`peut | peux | pouvez | pourrait`),
    if: list(`si | lorsque | quand | avant de | après | dès que`),
    fail: list(`n'oublie pas | n'oubliez pas | n'hésite pas | n'hésitez pas`),
    report: list(`
      attaquant | attaquants | attaque | attaques | par exemple | telles que | comme | tente | tentent | tentatives | prétend | demande de |
      demandant | dit | disent | exemple | textes
    `),
    quiet: list(`silencieusement | discrètement | en secret | à l'insu | secrètement | en silence`),
    other: list(`attaquant | cette compétence | ce skill | ce script | le script`),
  },
  stopwords: list(`
    le | la | les | et | est | de | des | du | un | une | ne | pas | vous | tu | que | pour | dans | avec | sans | sur | ce | cette | au |
    aux | toutes | ou | si | jamais | votre | à | précédentes
  `),
};
export default french;
