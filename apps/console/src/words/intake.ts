/** Taking in, also where there is no network. */
import type { Text } from '#domain/event.js';

export const intakeWords = {
  'intake.title': { id: 'Permohonan baru', en: 'New application' },
  'intake.lead': {
    id: 'Membuka konsep. Bukti diterima dan permohonan diajukan di halaman perkara sesudahnya.',
    en: 'Opens a draft. Evidence is received and the application lodged on the case page afterwards.',
  },
  'intake.procedure': { id: 'Prosedur', en: 'Procedure' },
  'intake.office': { id: 'Kantor', en: 'Office' },
  'intake.none': {
    id: 'Peran Anda tidak membuka permohonan. Yang boleh: petugas penerima.',
    en: 'Your role does not open applications. Who may: intake officers.',
  },
  'intake.open': { id: 'Buka konsep', en: 'Open the draft' },
  'intake.correct': { id: 'Perbaiki rekaman', en: 'Correct a record' },
  'intake.leadPost': {
    id: 'Rekaman disimpan di perangkat ini dan dikirim ke kantor begitu ada jaringan. Pemohon membawa tanda terima.',
    en: 'The record is kept on this device and sent to the office as soon as there is a network. The applicant takes a receipt along.',
  },
  'intake.papers': { id: 'Surat yang diperlihatkan', en: 'Papers shown' },
  'intake.take': { id: 'Simpan dan buat tanda terima', en: 'Keep it and make the receipt' },
  'outbox.title': { id: 'Kotak keluar', en: 'Outbox' },
  'outbox.empty': {
    id: 'Belum ada permohonan yang diterima dengan perangkat ini.',
    en: 'No application was taken in with this device yet.',
  },
  'outbox.others': {
    id: 'Di perangkat ini masih ada {{n}} rekaman petugas lain yang belum diterima kantor. Rekaman itu terkirim bila petugasnya masuk di perangkat ini.',
    en: '{{n}} records of another official are still on this device, not received by the office. They are sent when that official signs in on this device.',
  },
  'outbox.here': { id: '{{n}} rekaman HANYA ADA DI PERANGKAT INI.', en: '{{n}} records are ON THIS DEVICE ONLY.' },
  'outbox.allReceived': { id: 'Tidak ada yang menunggu di perangkat ini.', en: 'Nothing waits on this device.' },
  'outbox.clear': { id: 'Hapus yang sudah diterima dari perangkat', en: 'Remove what was received from the device' },
  'outbox.person': { id: 'Pemohon', en: 'Applicant' },
  'outbox.takenAt': { id: 'Diterima di pos', en: 'Taken in' },
  'outbox.where': { id: 'Di mana', en: 'Where' },
  'outbox.received': { id: 'diterima kantor {{time}}', en: 'received by the office {{time}}' },
  'outbox.onDevice': { id: 'di perangkat ini, belum diterima kantor', en: 'on this device, not received by the office' },
  'outbox.refused': { id: 'ditolak kantor, masih di perangkat ini:', en: 'refused by the office, still on this device:' },
  'outbox.openCase': { id: 'Buka perkara', en: 'Open the case' },
  'outbox.correct': { id: 'Perbaiki', en: 'Correct' },
  'receipt.title': { id: 'Tanda terima permohonan', en: 'Receipt of an application' },
  'receipt.print': { id: 'Cetak tanda terima', en: 'Print the receipt' },
  'receipt.by': { id: 'Diterima oleh', en: 'Taken in by' },
  'receipt.qr': {
    id: 'Pindai untuk memeriksa apakah kantor sudah menerima',
    en: 'Scan to see whether the office has received it',
  },
  'receipt.says': {
    id: 'Permohonan ini direkam pada perangkat pos dan dikirim ke kantor begitu ada jaringan. Tanda terima ini ditandatangani perangkat itu; ini bukan penetapan status.',
    en: 'This application was recorded on the post’s device and is sent to the office as soon as there is a network. That device signed this receipt; it determines nobody’s status.',
  },
  'post.title': { id: 'Bekerja tanpa jaringan', en: 'Working without network' },
  'post.lead': {
    id: 'Untuk perangkat yang Anda bawa ke pos lintas batas: perangkat ini didaftarkan atas nama Anda, dan permohonan dapat diterima tanpa jaringan. Jangan siapkan komputer yang dipakai bersama.',
    en: 'For a device that you take along to a border post: it is enrolled in your name, and applications can be taken in without network. Do not prepare a computer that is shared.',
  },
  'post.prepare': { id: 'Siapkan perangkat ini', en: 'Prepare this device' },
} as const satisfies { readonly [key: string]: Text };
