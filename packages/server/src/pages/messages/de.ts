/** The words of the pages, in German. */
import type { Messages } from './catalogue.ts'

/** German, in the formal address. */
export const DE: Messages = {
  'page.error-prefix': 'Fehler: {title}',
  'page.skip': 'Zum Inhalt springen',
  'page.links': 'Mehr über diesen Dienst',
  'page.terms': 'Nutzungsbedingungen',
  'page.privacy': 'Datenschutz',
  'page.support': 'Hilfe',

  'sign-in.title': 'Anmelden',
  'sign-in.continue': 'um mit {client} fortzufahren',
  'sign-in.again': 'Bitte bestätigen Sie, dass Sie es sind.',
  'sign-in.username': 'Benutzername',
  'sign-in.password': 'Passwort',
  'sign-in.submit': 'Anmelden',
  'sign-in.wrong': 'Der Benutzername oder das Passwort stimmt nicht.',
  'sign-in.limited': 'Zu viele Versuche. Wartezeit: {duration}.',
  'sign-in.or': 'oder',
  'sign-in.provider': 'Mit {provider} anmelden',

  'consent.title': 'Zugriff erlauben?',
  'consent.lead': '{client} bittet um Zugriff auf Ihr Konto.',
  'consent.as': 'Angemeldet als {user}',
  'consent.switch': 'Anderes Konto verwenden',
  'consent.will': '{client} wird Folgendes können:',
  'consent.nothing': '{client} erfährt, dass Sie sich angemeldet haben, und sonst nichts.',
  'consent.already': 'Bereits erlaubt',
  'consent.details': 'Im Einzelnen',
  'consent.where': 'Sie kehren zurück zu',
  'consent.resources': 'Verwendet bei',
  'consent.lasts': 'Zugriff gilt',
  'consent.lasts.revocable': '{duration}, oder bis Sie ihn beenden',
  'consent.lasts.open': 'bis Sie ihn beenden',
  'consent.identity': 'Anwendung',
  'consent.policy': 'Datenschutzerklärung von {client}',
  'consent.terms': 'Nutzungsbedingungen von {client}',
  'consent.unverified':
    'Niemand hat hier geprüft, von wem diese Anwendung stammt. Den Namen hat sie sich selbst gegeben: Fahren Sie nur fort, wenn Sie {place} vertrauen.',
  'consent.loopback':
    'Der Zugriff geht an ein Programm auf diesem Computer. Fahren Sie nur fort, wenn Sie es gerade selbst gestartet haben.',
  'consent.app':
    'Der Zugriff geht an eine App auf diesem Gerät. Fahren Sie nur fort, wenn Sie sie gerade selbst geöffnet haben.',
  'consent.allow': 'Erlauben',
  'consent.deny': 'Abbrechen',
  'consent.change': 'Sie können den Zugriff jederzeit in Ihrem Konto beenden.',

  'scope.unknown': 'Berechtigung „{scope}“',
  'scope.openid': 'Sie bei der Anmeldung wiedererkennen',
  'scope.profile': 'Ihren Namen und Ihr Profil sehen',
  'scope.email': 'Ihre E-Mail-Adresse sehen',
  'scope.address': 'Ihre Anschrift sehen',
  'scope.phone': 'Ihre Telefonnummer sehen',
  'scope.offline_access': 'Den Zugriff behalten, während Sie abwesend sind',

  'place.loopback': 'einem Programm auf diesem Computer ({place})',
  'place.app': 'einer App auf diesem Gerät ({place})',

  'device.title': 'Gerät verbinden',
  'device.lead': 'Geben Sie den Code ein, den Ihr Gerät anzeigt.',
  'device.code': 'Code',
  'device.code.hint':
    'Buchstaben und Ziffern; Groß- und Kleinschreibung und Striche spielen keine Rolle.',
  'device.submit': 'Weiter',
  'device.wrong':
    'Diesen Code gibt es nicht, oder er ist abgelaufen. Prüfen Sie die Anzeige des Geräts.',
  'device.limited': 'Zu viele Versuche. Wartezeit: {duration}.',
  'device.confirm.title': 'Ist das Ihr Gerät?',
  'device.confirm.lead': '{client} bittet auf einem anderen Gerät um Zugriff auf Ihr Konto.',
  'device.confirm.code': 'Ihr Gerät muss genau diesen Code anzeigen:',
  'device.confirm.warning':
    'Fahren Sie nur fort, wenn das Gerät vor Ihnen steht. Hat Ihnen jemand den Code oder einen Link auf diese Seite geschickt, dann brechen Sie ab.',
  'device.confirm.origin': 'Angefragt von',
  'device.confirm.allow': 'Gerät verbinden',
  'device.allowed.title': 'Gerät verbunden',
  'device.allowed.text':
    '{client} hat jetzt Zugriff. Sie können diese Seite schließen und am Gerät weitermachen.',
  'device.denied.title': 'Gerät nicht verbunden',
  'device.denied.text': '{client} hat keinen Zugriff erhalten. Sie können diese Seite schließen.',

  'account.title': 'Ihr Konto',
  'account.as': 'Angemeldet als {user}',
  'account.sessions': 'Wo Sie angemeldet sind',
  'account.sessions.count': { one: '{count} Sitzung', other: '{count} Sitzungen' },
  'account.sessions.current': 'Dieser Browser',
  'account.sessions.since': 'Angemeldet',
  'account.sessions.seen': 'Zuletzt aktiv',
  'account.sessions.address': 'Adresse',
  'account.sessions.end': 'Abmelden',
  'account.sessions.end.of': '{session} abmelden',
  'account.sessions.end-all': 'Überall sonst abmelden',
  'account.grants': 'Anwendungen mit Zugriff',
  'account.grants.count': { one: '{count} Anwendung', other: '{count} Anwendungen' },
  'account.grants.none': 'Keine Anwendung hat Zugriff auf Ihr Konto.',
  'account.grants.since': 'Erlaubt',
  'account.grants.used': 'Zuletzt benutzt',
  'account.grants.until': 'Endet',
  'account.grants.revoke': 'Zugriff beenden',
  'account.grants.revoke.of': 'Zugriff von {client} beenden',
  'account.revoked': '{client} hat keinen Zugriff mehr.',
  'account.session-ended': 'Die Sitzung wurde beendet.',
  'account.sessions-ended': 'Alle anderen Sitzungen wurden beendet.',

  'sign-out.title': 'Abmelden?',
  'sign-out.lead': 'Sie sind angemeldet als {user}.',
  'sign-out.asked': '{client} bittet darum, Sie abzumelden.',
  'sign-out.submit': 'Abmelden',
  'sign-out.stay': 'Angemeldet bleiben',
  'signed-out.title': 'Sie sind abgemeldet',
  'signed-out.text':
    'Anwendungen, die Zugriff haben, behalten ihn, bis Sie ihn in Ihrem Konto beenden.',
  'signed-out.again': 'Wieder anmelden',
  'signed-out.return': 'Zurück zu {place}',

  'continue.title': 'Einen Moment',
  'continue.lead': 'Sie werden weitergeleitet zu {place}.',
  'continue.submit': 'Weiter',

  'error.reference': 'Kennung für die Hilfe',
  'error.request.title': 'Diese Anfrage kann nicht beantwortet werden',
  'error.request.advice':
    'Die Anwendung hat etwas Unzulässiges gesendet. Gehen Sie zurück und versuchen Sie es erneut; geschieht es wieder, melden Sie es den Betreibern der Anwendung.',
  'error.client.title': 'Unbekannte Anwendung',
  'error.client.advice':
    'Die Anwendung, die Sie hierher geschickt hat, ist nicht oder nicht mehr registriert. Sie hat nichts erfahren.',
  'error.redirect.title': 'Sie können nicht zurückgeleitet werden',
  'error.redirect.advice':
    'Die Anwendung will Sie zu einer Adresse leiten, die sie nicht registriert hat. Zu Ihrem Schutz wurden Sie nicht dorthin geleitet.',
  'error.expired.title': 'Diese Seite ist abgelaufen',
  'error.expired.advice':
    'Sie war zu lange offen oder wurde schon benutzt. Gehen Sie zurück zur Anwendung und beginnen Sie von vorn.',
  'error.forbidden.title': 'Das kam nicht von unserer Seite',
  'error.forbidden.advice':
    'Das Formular wurde nicht aus diesem Browser gesendet, oder Cookies sind gesperrt. Erlauben Sie Cookies dieser Seite, gehen Sie zurück und beginnen Sie von vorn.',
  'error.limited.title': 'Zu viele Versuche',
  'error.limited.advice': 'Warten Sie ein wenig und versuchen Sie es dann erneut.',
  'error.missing.title': 'Hier ist nichts',
  'error.missing.advice': 'Die Adresse ist vielleicht vertippt oder veraltet.',
  'error.unavailable.title': 'Im Moment nicht verfügbar',
  'error.unavailable.advice': 'Es wurde nichts verändert. Versuchen Sie es gleich noch einmal.',
  'error.internal.title': 'Bei uns ist etwas schiefgegangen',
  'error.internal.advice':
    'Versuchen Sie es erneut. Geschieht es wieder, senden Sie die Kennung unten an die Hilfe.',

  'time.never': 'nie',
}
