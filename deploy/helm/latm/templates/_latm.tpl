{{- define "latm.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* What every pod has: the restricted pod security standard, and no access to the cluster. */}}
{{- define "latm.pod" -}}
automountServiceAccountToken: false
# The cluster would set LATM_PORT and others for a service of this name, which latm takes for settings.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: data
    {{- if .Values.dataClaim }}
    persistentVolumeClaim: {claimName: {{ .Values.dataClaim | quote }}}
    {{- else }}
    emptyDir: {sizeLimit: {{ .Values.diskSize | quote }}}
    {{- end }}
  - name: tmp
    emptyDir: {sizeLimit: 256Mi}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* What every container has. */}}
{{- define "latm.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
resources: {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - {name: data, mountPath: /data}
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "latm.environment" -}}
envFrom:
  - secretRef: {name: {{ .Values.secret | quote }}}
env:
  - {name: LATM_WORKERS, value: {{ .Values.workers | quote }}}
{{- range $name, $value := .Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}
