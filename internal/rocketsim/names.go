package rocketsim

// Invented names of a Brazilian market. They have accents, ampersands and quotes because real names have them.
var (
	distributorNames = []string{"Distribuidora Atlântico", "Nimbus Distribuição", "Cumulus Tecnologia"}
	resellerNames    = []string{
		"Nuvem Clara", "Céu Azul Informática", "Horizonte TI", "Conexão Já", "Três Rios Cloud", "Pampa Sistemas", "Maré Digital",
		"Serra & Vale Tecnologia", "Ipê Soluções",
	}
	customerKinds = []string{
		"Padaria", "Clínica", "Escola", "Transportes", "Construtora", "Farmácia", "Cooperativa", "Editora", "Mercado", "Laboratório",
		"Hotel", "Advocacia", "Cervejaria", "Agência", "Indústria",
	}
	customerNames = []string{
		"São João", "Conceição", "Bom Jesus", "Araújo", "Ipiranga", "Três Irmãos", "Guarujá", "Santa Fé", "Maranhão", "Ribeirão",
		"Açaí", "Pão & Cia", "d'Ávila", "Esperança", "Cidade Nova", "União", "Coração", "Paraná", "Irmãos Müller", "Boa Vista",
		"Jacarandá", "Vitória", "Além-Mar", "Alvorada", "Sertão",
	}
	subscriptionNames = []string{"Produção", "Homologação", "Desenvolvimento", "Dados", "Filial", "Recuperação"}
	groupNames        = []string{"rg-producao", "rg-homologacao", "rg-rede", "rg-dados", "rg-web"}
	environments      = []string{"production", "staging", "development"}
	costCenters       = []string{"cc-100", "cc-200", "cc-310", "cc-420", "untagged"}
)

// service is what a provider or a seller on its marketplace charges for.
type service struct {
	category  string
	name      string
	prefix    string // of resource names
	publisher string
}

var services = map[string][]service{
	"azure": {
		{"Compute", "Virtual Machines", "vm", "Microsoft"},
		{"Compute", "App Service", "app", "Microsoft"},
		{"Storage", "Blob Storage", "st", "Microsoft"},
		{"Storage", "Managed Disks", "disk", "Microsoft"},
		{"Databases", "SQL Database", "sql", "Microsoft"},
		{"Databases", "Cosmos DB", "cosmos", "Microsoft"},
		{"Networking", "VPN Gateway", "vpn", "Microsoft"},
		{"Analytics", "Synapse", "syn", "Microsoft"},
	},
	"aws": {
		{"Compute", "EC2", "i", "Amazon Web Services"},
		{"Compute", "Lambda", "fn", "Amazon Web Services"},
		{"Storage", "S3", "bucket", "Amazon Web Services"},
		{"Storage", "EBS", "vol", "Amazon Web Services"},
		{"Databases", "RDS", "db", "Amazon Web Services"},
		{"Networking", "NAT Gateway", "nat", "Amazon Web Services"},
	},
	"gcp": {
		{"Compute", "Compute Engine", "vm", "Google"},
		{"Compute", "Cloud Run", "run", "Google"},
		{"Storage", "Cloud Storage", "gcs", "Google"},
		{"Databases", "Cloud SQL", "sql", "Google"},
		{"Analytics", "BigQuery", "bq", "Google"},
	},
}

// marketplace has the services of other sellers, the same for all providers.
var marketplace = []service{
	{"Security", "Next-Generation Firewall", "fw", "Fortinet"},
	{"Security", "Endpoint Protection", "edr", "CrowdStrike"},
	{"Databases", "MongoDB Atlas", "atlas", "MongoDB"},
	{"Developer Tools", "Monitoring", "mon", "Datadog"},
	{"Compute", "Enterprise Linux", "rhel", "Red Hat"},
}
